import { scaffold } from "../local/pipeline/scaffold.ts";

/** `filiera pipeline new`; `directory` is the folder that the command was told to work in. */
export async function newPipeline(name: string, { directory }: { directory?: string }): Promise<void> {
  const { folder, files } = await scaffold(process.cwd(), name);
  const next = [
    ...(directory === undefined ? [] : [`cd ${directory}`]),
    `npx filiera pipeline run ${name}`,
    `node --test "${folder}/tests/*.test.ts"`,
  ];
  for (const file of files) console.log(`written: ${file}`);
  console.log(`\nnext:\n${next.map((line) => `  ${line}\n`).join("")}${folder}/README.md says more`);
}
