import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { Secret } from "../../../constructs/settings/settings.ts";
import { configFromEngine, type ParseOptions, parseEnvironment } from "../../../stacks/environment/index.ts";
import { complaints, type Raw, smallest } from "./support.ts";

function withPassword(password: unknown): Raw {
  return {
    ...smallest("laptop"),
    "filiera:images": { registry: "r.example.com/f", pullSecret: { server: "r.example.com", username: "u", password } },
  };
}

function passwordOf(password: unknown, secrets: ParseOptions["secrets"]): Secret {
  const found = parseEnvironment(withPassword(password), { secrets }).images.pullSecret?.password;
  if (!found) throw new Error("no secret");
  return found;
}

describe("a secret", () => {
  it("is sealed in a file, and nobody reveals it", () => {
    const secret = passwordOf({ secure: "v1:abc" }, "sealed");
    expect(secret.isOpen).toBe(false);
    expect(() => secret.reveal()).toThrow("a sealed secret cannot be revealed: only the engine decrypts it");
  });

  it("is open where the engine decrypted it, and shows only when revealed", () => {
    const secret = passwordOf("hunter2-hunter2", "open");
    expect(secret.reveal()).toBe("hunter2-hunter2");
    for (const shown of [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true }),
      inspect(secret),
    ])
      expect(shown).toMatch(/\[secret\]/);
    expect(Object.getOwnPropertyNames(secret)).toEqual([]);
  });

  it.each([
    ["sealed", "hunter2-hunter2"],
    ["sealed", 2718281828],
    ["sealed", ["hunter2-hunter2"]],
    ["sealed", { secure: "" }],
    ["sealed", { secure: "v1:abc", extra: "hunter2-hunter2" }],
    ["open", { secure: "hunter2-hunter2" }],
    ["open", ""],
    ["open", null],
  ] as const)("that is %s can't be %j, and no message shows it", (secrets, password) => {
    const [line = "", ...more] = complaints(() => parseEnvironment(withPassword(password), { secrets }));
    expect(more).toEqual([]);
    expect(line).toMatch(
      /^filiera:images\.pullSecret\.password: found .*pulumi config set --secret --path 'filiera:images\.pullSecret\.password' --stack <env>/,
    );
    expect(line).not.toMatch(/hunter2|2718281828/);
  });

  it("comes from the engine's texts as from the file", () => {
    const engine = configFromEngine({
      "filiera:profile": "laptop",
      "filiera:domain": "ml.example.com",
      "aws:region": "[not ours",
      "filiera:cluster": JSON.stringify({ kind: "existing", context: "here" }),
      "filiera:images": JSON.stringify(withPassword("hunter2-hunter2")["filiera:images"]),
    });
    const environment = parseEnvironment(engine, { secrets: "open" });
    expect(environment.images.pullSecret?.password.reveal()).toBe("hunter2-hunter2");
    expect(environment.domain).toBe("ml.example.com");
    expect(engine["aws:region"]).toBe("[not ours");
  });
});
