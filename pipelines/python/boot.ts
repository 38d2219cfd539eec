import type { Container } from "../language/container-step.ts";
import { executorInput } from "../language/placeholders.ts";

/** The version of Kubeflow's SDK that runs steps and whose IR is written here. */
export const KFP = "2.17.0";

/**
 * Writes the step's source to a file and has kfp run a function of it. The names of the variable and the file, and the
 * module's, are those by which kfp.local tells a Python step, and where its source is, from any other container.
 */
const BOOT = `program_path="$(mktemp -d)"
printf '%s' "$0" > "$program_path/ephemeral_component.py"
export _KFP_RUNTIME=true
exec python3 -m kfp.dsl.executor_main --component_module_path "$program_path/ephemeral_component.py" "$@"
`;

/** The container of a Python step. */
export function pythonContainer(
  source: string,
  name: string,
  image: string,
  packages: readonly string[] | undefined,
): Container {
  return {
    image,
    command: [...(packages ? ["sh", "-ec", install(packages)] : []), "sh", "-ec", BOOT, source],
    args: ["--executor_input", executorInput, "--function_to_execute", name],
  };
}

/** Installs the packages, and kfp without what only compiling needs, then goes on with the rest of the command. */
function install(packages: readonly string[]): string {
  const pip = "python3 -m pip install --quiet --disable-pip-version-check --no-warn-script-location";
  const own = packages.length > 0 ? [`${pip} ${packages.map(shell).join(" ")}`] : [];
  const kfp = packages.some((name) => /^kfp(?![\w.-])/.test(name)) ? [] : [`${pip} --no-deps ${shell(`kfp==${KFP}`)}`];
  return `${[...own, ...kfp, 'exec "$0" "$@"'].join("\n")}\n`;
}

function shell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
