import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { findCommand, searchPath } from "../../../local/programs/find.ts";
import { pythonEnvironment } from "../../../local/python/environment.ts";
import { findPython } from "../../../local/python/find.ts";
import { layers } from "../../support/layers.ts";

const RANGE = { from: "3.10", below: "3.15" };
const scratch = mkdtempSync(join(tmpdir(), "filiera-python-"));
const wheel = join(scratch, "greeting-1.0-py3-none-any.whl");
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A package as an index would have it, made here so that no network is needed. */
const MAKE_WHEEL = `
import base64, hashlib, sys, zipfile
files = {
    "greeting.py": "def main():\\n    print('good morning')\\n",
    "greeting-1.0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: greeting\\nVersion: 1.0\\n",
    "greeting-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "greeting-1.0.dist-info/entry_points.txt": "[console_scripts]\\ngreet = greeting:main\\n",
}
record = "".join(
    "%s,sha256=%s,%d\\n" % (n, base64.urlsafe_b64encode(hashlib.sha256(t.encode()).digest()).rstrip(b"=").decode(), len(t))
    for n, t in files.items()
) + "greeting-1.0.dist-info/RECORD,,\\n"
with zipfile.ZipFile(sys.argv[1], "w") as whl:
    for name, text in {**files, "greeting-1.0.dist-info/RECORD": record}.items():
        whl.writestr(name, text)
`;

function lock(text: string, name = "greeting") {
  const requirements = join(scratch, `${name}.txt`);
  writeFileSync(requirements, text);
  return { name, requirements, python: RANGE, megabytes: { download: 1, disk: 2 } };
}

const withUv = searchPath().filter((folder) => findCommand("uv", [folder]));
const tools = [
  { tool: "pip", missing: layers.python.missing },
  { tool: "uv", missing: layers.python.missing ?? (withUv.length > 0 ? undefined : "there is no uv on PATH") },
].map((each) => ({ ...each, title: each.missing ? `${each.tool}: ${each.missing}` : each.tool }));

describe.each(tools)("the environment of a lock, by $title", ({ tool, missing }) => {
  if (missing) {
    test.skip("is made");
    return;
  }

  beforeAll(() => {
    execFileSync("python3", ["-c", MAKE_WHEEL, wheel]);
    vi.stubEnv("XDG_CACHE_HOME", join(scratch, `cache-${tool}`));
    if (tool === "pip")
      vi.stubEnv(
        "PATH",
        searchPath()
          .filter((folder) => !withUv.includes(folder))
          .join(":"),
      );
    for (const tool of ["PIP", "UV"]) {
      vi.stubEnv(`${tool}_NO_INDEX`, "1");
      vi.stubEnv(`${tool}_FIND_LINKS`, scratch);
    }
    return () => vi.unstubAllEnvs();
  });

  const good = () =>
    lock(`greeting==1.0 --hash=sha256:${createHash("sha256").update(readFileSync(wheel)).digest("hex")}\n`);

  test("has its packages and programs, is made once, says what it will take, and is made anew when broken", async () => {
    const said: string[] = [];
    const progress = (line: string) => said.push(line);
    const first = await pythonEnvironment(good(), { progress });
    expect(execFileSync(join(first.bin, "greet"), { encoding: "utf8" })).toBe("good morning\n");
    expect(said[0]).toMatch(
      new RegExp(
        `^python packages of greeting: about 1 MB to download, 2 MB on disk, with ${tool} for Python 3\\.\\d+\\.\\d+$`,
      ),
    );
    expect(said[1]).toBe("python packages of greeting: all are there, and are unpacked");

    const second = await pythonEnvironment(good(), { progress });
    expect({ ...second, made: true }).toEqual(first);
    expect(second.made).toBe(false);
    expect(said).toHaveLength(2);

    const module = execFileSync(first.python, ["-c", "import greeting; print(greeting.__file__)"], {
      encoding: "utf8",
    });
    writeFileSync(module.trim(), "");
    const third = await pythonEnvironment(good(), { progress });
    expect(third.made).toBe(true);
    expect(said[2]).toBe("python packages of greeting: what is in the cache is broken, and is made anew");
    expect(execFileSync(join(third.bin, "greet"), { encoding: "utf8" })).toBe("good morning\n");
  });

  test.each([
    [
      "a package that is nowhere",
      `nowhere==1.0 --hash=sha256:${"0".repeat(64)}`,
      /No matching distribution found|unsatisfiable|nowhere/,
    ],
    ["a package with other bytes", `greeting==1.0 --hash=sha256:${"0".repeat(64)}`, /HASH|hash/i],
  ])("a lock with %s is told with its path", async (_, text, reason) => {
    const { version } = await findPython(RANGE);
    const bad = lock(`${text}\n`, "bad");
    const error: unknown = await pythonEnvironment(bad).catch((thrown: unknown) => thrown);
    const message = error instanceof Error ? error.message : "";
    const before = `[${bad.requirements}] cannot be installed for Python ${version}: `;
    const after = "; lock it anew for this Python, or check that the package index can be reached";
    expect([message.slice(0, before.length), message.slice(-after.length)]).toEqual([before, after]);
    expect(message).toMatch(reason);
  });

  test("a lock that is not there", async () => {
    const missing = { ...lock("", "missing"), requirements: join(scratch, "none.txt") };
    await expect(pythonEnvironment(missing)).rejects.toThrow(
      `[${missing.requirements}] cannot be read (ENOENT: no such file or directory): it locks the packages to install`,
    );
  });
});

describe("finding a Python", () => {
  const bin = join(scratch, "bin");
  const fake = (name: string, version: string) => {
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, name), `#!/bin/sh\necho /fake/${name}\necho ${version}\necho cpython-x\n`);
    chmodSync(join(bin, name), 0o755);
  };
  beforeEach(() => rmSync(bin, { recursive: true, force: true }));
  const range = { from: "3.10", below: "3.14" };

  test("takes the first on PATH that the lock is for", async () => {
    fake("python3", "3.9.2");
    fake("python3.12", "3.12.1");
    fake("python3.11", "3.11.7");
    expect(await findPython(range, { PATH: bin })).toEqual({
      program: "/fake/python3.12",
      version: "3.12.1",
      platform: "cpython-x",
    });
  });

  test("says what it found instead", async () => {
    fake("python3", "3.9.2");
    fake("python", "2.7.18");
    await expect(findPython(range, { PATH: bin })).rejects.toThrow(
      "[python] found python3 is 3.9.2, python is 2.7.18; needed: Python 3.10 or newer, below 3.14: install one (such as apt-get install python3 python3-venv, or brew install python@3.12), or set FILIERA_PYTHON to its path",
    );
  });

  test("says that there is none", async () => {
    await expect(findPython(range, { PATH: bin })).rejects.toThrow(
      "[python] found none on PATH; needed: Python 3.10 or newer, below 3.14: install one (such as apt-get install python3 python3-venv, or brew install python@3.12), or set FILIERA_PYTHON to its path",
    );
  });

  test.each([
    ["does not run", "/nowhere/python", "does not run"],
    ["is another version", "python3", "is 3.9.2"],
  ])("refuses a chosen one that %s", async (_, chosen, verdict) => {
    fake("python3", "3.9.2");
    await expect(findPython(range, { PATH: bin, FILIERA_PYTHON: chosen })).rejects.toThrow(
      `[FILIERA_PYTHON] found "${chosen}", which ${verdict}; allowed: the path of a Python 3.10 or newer, below 3.14`,
    );
  });
});
