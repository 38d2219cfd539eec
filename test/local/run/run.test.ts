import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { JsonPatch } from "cdk8s";
import { k8s } from "cdk8s-plus-28";
import { describe, expect, test } from "vitest";
import { here } from "../../../constructs/kernel/here.ts";
import { late } from "../../../constructs/kernel/late.ts";
import { patch } from "../../../constructs/kernel/patches.ts";
import { type RunEvent, readRun } from "../../../local/index.ts";
import { readJson } from "../../../local/run/folder.ts";
import { ask, folderFor, left, scratch, start, told } from "../../support/running.ts";
import { chart, deployment, IMAGE, job, server } from "../../support/running-chart.ts";

/** What a run says when it does not come about; nothing may be left of it. */
async function refusal(scope: ReturnType<typeof chart>, name: string, options = {}): Promise<string> {
  const folder = folderFor(name);
  const message = await start(scope, folder, options).then(
    async (running) => {
      await running.stop();
      return "it ran";
    },
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  expect(left(folder)).toEqual([]);
  return message;
}

describe("a pod", () => {
  test("gets its environment, its files and its folders as a container would", async () => {
    const scope = chart();
    const folder = folderFor("environment");
    new k8s.KubeSecret(scope, "secret", {
      metadata: { name: "secret", namespace: "test" },
      stringData: { password: String(late.named("test/password")), note: "a$(NAME)b" },
    });
    new k8s.KubeConfigMap(scope, "config", {
      metadata: { name: "config", namespace: "test" },
      data: { "file.ini": String(late.text`ca = ${here.folder("/etc/secret")}/ca.crt`), "other.ini": "" },
    });
    deployment(
      scope,
      "web",
      server({
        args: ["$(NAME)", "$$(NAME)", "$(NOWHERE)", String(late.kube("$(NAME)")), String(here.folder("/data"))],
        env: [
          { name: "NAME", value: "web" },
          { name: "BOTH", value: "$(NAME)-$(LATER)" },
          { name: "LATER", value: "later" },
          { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "secret", key: "password" } } },
          { name: "NOTE", valueFrom: { secretKeyRef: { name: "secret", key: "note" } } },
          { name: "MISSING", valueFrom: { secretKeyRef: { name: "secret", key: "none", optional: true } } },
          { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
          { name: "CONFIG", value: String(late.text`${here.folder("/etc/config")}/own.ini`) },
          { name: "HOME", value: String(here.folder("/data")) },
        ],
        volumeMounts: [
          { name: "data", mountPath: "/data" },
          { name: "secret", mountPath: "/etc/secret" },
          { name: "config", mountPath: "/etc/config" },
        ],
      }),
      {
        initContainers: [
          {
            name: "init",
            image: IMAGE,
            command: ["sh", "-c", `echo made > "$0/made"`, String(here.folder("/data"))],
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
        volumes: [
          { name: "data", emptyDir: {} },
          { name: "secret", secret: { secretName: "secret" } },
          { name: "config", configMap: { name: "config", items: [{ key: "file.ini", path: "own.ini" }] } },
        ],
      },
    );
    const running = await start(scope, folder);
    const { env, rest, folder: working } = await ask(running, "web");
    const pod = join(folder.path, "pods/test/web");
    const { PATH, ...others } = env;
    expect(others).toEqual({
      FROM_IMAGE: "yes",
      NAME: "web",
      BOTH: "web-$(LATER)",
      LATER: "later",
      PASSWORD: running.secret("test/password"),
      NOTE: "a$(NAME)b",
      NAMESPACE: "test",
      CONFIG: `${pod}/volumes/config/own.ini`,
      HOME: `${pod}/volumes/data`,
    });
    expect(rest).toEqual(["web", "$(NAME)", "$(NOWHERE)", "$(NAME)", `${pod}/volumes/data`]);
    expect(working).toBe(`${pod}/main`);
    expect(readFileSync(`${pod}/volumes/data/made`, "utf8")).toBe("made\n");
    expect(readFileSync(`${pod}/volumes/config/own.ini`, "utf8")).toBe(`ca = ${pod}/volumes/secret/ca.crt`);
    expect(existsSync(`${pod}/volumes/config/other.ini`)).toBe(false);
    expect(statSync(`${pod}/volumes/secret/password`).mode & 0o777).toBe(0o600);
    expect(statSync(folder.secrets).mode & 0o777).toBe(0o600);
    await running.stop();
    expect(left(folder)).toEqual([]);
  });

  test("starts in order, and stops in reverse with the signal that its container names", async () => {
    const scope = chart();
    const folder = folderFor("order");
    const log = join(scratch, "order.log");
    const waits = (name: string) => ({
      ...server(),
      command: [
        "sh",
        "-c",
        `trap 'echo ${name} >> ${log}; exit 0' INT; touch ${log}.${name}; while :; do sleep 0.05; done`,
      ],
      readinessProbe: undefined,
      ports: [],
    });
    const first = deployment(scope, "first", waits("first"));
    const second = job(scope, "second", { command: ["true"] });
    const third = deployment(scope, "third", waits("third"));
    // newer than the typed classes
    for (const object of [first, third])
      patch(object, JsonPatch.add("/spec/template/spec/containers/0/lifecycle", { stopSignal: "SIGINT" }));
    third.node.addDependency(second);
    second.node.addDependency(first);
    const events: RunEvent[] = [];
    const running = await start(scope, folder, { listen: (event) => events.push(event) });
    await expect.poll(() => ["first", "third"].every((name) => existsSync(`${log}.${name}`))).toBe(true);
    await running.stop();
    expect(told(events).filter((line) => /(?:starting|done|ready)$/.test(line) && !/Service/.test(line))).toEqual([
      "Deployment first starting",
      "Deployment first ready",
      "Job second starting",
      "Job second done",
      "Deployment third starting",
      "Deployment third ready",
    ]);
    expect(readFileSync(log, "utf8")).toBe("third\nfirst\n");
    expect(readRun(join(scratch, "order"), "test")).toMatchObject({ phase: "stopped", environment: "test" });
  });

  test("starts again when its process ends, however it ends, with all that it left gone", async () => {
    const scope = chart();
    const folder = folderFor("restart");
    const orphan = `require("node:child_process").spawn("sleep", ["1000"], { stdio: "ignore" });`;
    const { command = [] } = server();
    const [node = "", flag = "", code = "", ...rest] = command;
    deployment(scope, "web", server({ command: [node, flag, orphan + code, ...rest] }));
    const running = await start(scope, folder);
    const before = await ask(running, "web");
    expect(left(folder)).toHaveLength(2);
    await fetch(`http://${running.address("test", "web", 80)}/kill`).catch(() => {});
    await expect
      .poll(
        () =>
          ask(running, "web").then(
            ({ pid }) => pid,
            () => before.pid,
          ),
        { timeout: 20_000 },
      )
      .not.toBe(before.pid);
    expect(left(folder)).toHaveLength(2);
    const status = running.status.objects.find(({ identity }) => identity === "apps/Deployment/test/web");
    expect(status).toMatchObject({ restarts: 1 });
    await running.stop();
    expect(left(folder)).toEqual([]);
  });

  test("keeps what it claims, and loses what it does not", async () => {
    const make = () => {
      const scope = chart();
      const mounts = ["kept", "lost"].map((name) => ({ name, mountPath: `/${name}` }));
      const labels = { app: "data" };
      const paths = mounts.map(({ mountPath }) => String(here.folder(mountPath)));
      const script = `found=$(ls "$0" "$1"); touch "$0/a" "$1/b"; echo $found; exec sleep 1000`;
      new k8s.KubeStatefulSet(scope, "data", {
        metadata: { name: "data", namespace: "test" },
        spec: {
          serviceName: "data",
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              containers: [
                { name: "main", image: IMAGE, command: ["sh", "-c", script, ...paths], volumeMounts: mounts },
              ],
              volumes: [{ name: "lost", emptyDir: {} }],
            },
          },
          volumeClaimTemplates: [{ metadata: { name: "kept" } }],
        },
      });
      return scope;
    };
    const folder = folderFor("claims");
    const log = join(folder.logs, "test.data.main.log");
    const words = async (fresh: boolean) => {
      const running = await start(make(), folder, { fresh });
      await expect.poll(() => readFileSync(log, "utf8")).toContain("lost:");
      await running.stop();
      return readFileSync(log, "utf8").match(/\b[ab]\b/g) ?? [];
    };
    expect(await words(false)).toEqual([]);
    expect(await words(false)).toEqual(["a"]);
    expect(await words(true)).toEqual([]);
  });
});

describe("a Job", () => {
  test("runs again when it fails, as often as it may; once done it is not run by the next run, but when asked", async () => {
    const folder = folderFor("job");
    const tries = join(scratch, "tries");
    const make = () => {
      const scope = chart();
      job(scope, "job", { command: ["sh", "-c", `echo try >> ${tries}; [ $(wc -l < ${tries}) -ge 2 ]`] }, 2);
      return scope;
    };
    const first = await start(make(), folder);
    expect(readFileSync(tries, "utf8")).toBe("try\ntry\n");
    await first.stop();
    const second = await start(make(), folder);
    expect(readFileSync(tries, "utf8")).toBe("try\ntry\n");
    expect(second.status.objects[0]).toMatchObject({ state: "done", detail: "was done by an earlier run" });
    await second.trigger("batch/Job/test/job");
    expect(readFileSync(tries, "utf8")).toBe("try\ntry\ntry\n");
    await second.stop();
  });

  test("that fails for good ends the run, with what it wrote last", async () => {
    const scope = chart();
    deployment(scope, "web", server());
    job(scope, "job", { command: ["sh", "-c", "echo no more; exit 7"] });
    const log = join(folderFor("failing").logs, "test.job.main.log");
    expect(await refusal(scope, "failing")).toBe(
      `[batch/Job/test/job] container main exited with 7; its log ${log} ends with:\n      no more`,
    );
    expect(readRun(join(scratch, "failing"), "test")?.phase).toBe("failed");
  });

  test("on a schedule runs when asked", async () => {
    const scope = chart();
    const file = join(scratch, "cron-was-here");
    const containers = [{ name: "main", image: IMAGE, command: ["touch", file] }];
    new k8s.KubeCronJob(scope, "cron", {
      metadata: { name: "cron", namespace: "test" },
      spec: { schedule: "@daily", jobTemplate: { spec: { template: { spec: { containers } } } } },
    });
    const running = await start(scope, folderFor("cron"));
    expect(existsSync(file)).toBe(false);
    await running.trigger("batch/CronJob/test/cron");
    expect(existsSync(file)).toBe(true);
    await expect(running.trigger("batch/Job/test/none")).rejects.toThrow(
      "[batch/Job/test/none] is no Job or CronJob of this run",
    );
    await running.stop();
  });
});

describe("what cannot run is told with its object, and nothing is left", () => {
  test("a command that does not exist", async () => {
    const scope = chart();
    deployment(scope, "good", server());
    deployment(scope, "web", server({ command: ["no-such-command"] }));
    expect(await refusal(scope, "command")).toMatch(
      /^\[apps\/Deployment\/test\/web\] container main: the command "no-such-command" is not there: it is looked for in \S+, PATH, where this machine's tools should be$/,
    );
  });

  test("a server that ends again and again before it is ready", async () => {
    const scope = chart();
    deployment(scope, "web", server({ command: ["sh", "-c", "echo broken >&2; exit 1"] }));
    const log = join(folderFor("crashing").logs, "test.web.main.log");
    expect(await refusal(scope, "crashing")).toBe(
      `[apps/Deployment/test/web] container main exited with 1; its log ${log} ends with:\n${"      broken\n".repeat(5).trimEnd()}`,
    );
  }, 60_000);

  test("an image that nothing stands for", async () => {
    const scope = chart();
    deployment(scope, "web", server({ image: "registry.example.com/unheard-of:1" }));
    expect(await refusal(scope, "image")).toBe(
      "[registry.example.com/unheard-of:1] is an image that nothing stands for on this machine: known are postgresql, kafka, minio, silo, minio-setup and the folders of images/",
    );
  });

  test("a port that another program has", async () => {
    const scope = chart();
    deployment(scope, "web", server());
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    const address = other.address();
    const port = typeof address === "object" && address ? address.port : 0;
    expect(await refusal(scope, "port", { ports: new Map([["test/web:8080", port]]) })).toBe(
      `[apps/Deployment/test/web] cannot listen on port ${port}, which another program has: end that, or choose another port with --port test/web:8080=<number>`,
    );
    other.close();
  });

  test("a program that other machines could reach", async () => {
    const scope = chart();
    const { command = [] } = server();
    deployment(scope, "web", server({ command: command.map((part, i) => (i === 3 ? "0.0.0.0" : part)) }));
    expect(await refusal(scope, "outside")).toMatch(
      /^\[apps\/Deployment\/test\/web\] listens on 0\.0\.0\.0:\d+, where other machines reach it: have it listen on here\.listen\(\)$/,
    );
  });

  test("a program that listens on a port which it does not declare", async () => {
    const scope = chart();
    const { command = [] } = server();
    const script = `require("node:http").createServer().listen(0, "127.0.0.1");`;
    deployment(scope, "web", server({ command: command.map((part, i) => (i === 2 ? script + part : part)) }));
    expect(await refusal(scope, "undeclared")).toMatch(
      /^\[apps\/Deployment\/test\/web\] listens on port \d+, which none of its containers declares: declare it, and tell the program here\.port\(…\)$/,
    );
  });

  test.each([
    [
      "a Secret that is not there",
      { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "no", key: "a" } } }] },
      'the Secret test/no has no key "a"',
    ],
    [
      "a field that nobody knows",
      { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.nothing" } } }] },
      "the field spec.nothing of a pod is not known here",
    ],
    [
      "a folder of the container as plain text",
      { env: [{ name: "A", value: "/data/file" }], volumeMounts: [{ name: "data", mountPath: "/data" }] },
      'the variable A has /data, a folder of the container, as plain text: write here.folder("/data")',
    ],
    [
      "a port that the pod does not have",
      { args: [String(here.port(9))] },
      "port 9 is none of the pod's: declare it in the container's ports",
    ],
  ])("%s", async (name, container, says) => {
    const scope = chart();
    deployment(scope, "web", server(container), { volumes: [{ name: "data", emptyDir: {} }] });
    expect(await refusal(scope, name.replaceAll(" ", "-"))).toBe(`[apps/Deployment/test/web] container main: ${says}`);
  });

  test("more than one replica", async () => {
    const scope = chart();
    const { name } = deployment(scope, "web", server());
    new k8s.KubeDeployment(scope, "many", {
      metadata: { name: "many", namespace: "test" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "main", image: IMAGE }] } },
      },
    });
    expect(await refusal(scope, "many")).toBe(
      "[apps/Deployment/test/many] runs 2 pods, and one machine runs one of each: take an environment with filiera:profile laptop or small",
    );
  });
});

test("addresses and secrets stay from one run to the next, and two runs do not meet", async () => {
  const make = () => {
    const scope = chart();
    deployment(scope, "web", server());
    return scope;
  };
  const [here, beside] = [folderFor("one"), folderFor("two")];
  const first = await start(make(), here);
  const other = await start(make(), beside);
  const address = first.address("test", "web", 80);
  const secret = first.secret("test/password");
  expect(other.address("test", "web", 80)).not.toBe(address);
  expect(other.secret("test/password")).not.toBe(secret);
  await first.stop();
  expect(left(here)).toEqual([]);
  expect((await ask(other, "web")).env["FROM_IMAGE"]).toBe("yes");
  const again = await start(make(), here);
  expect(again.address("test", "web", 80)).toBe(address);
  expect(again.secret("test/password")).toBe(secret);
  await Promise.all([again.stop(), other.stop()]);
  expect(readJson<Record<string, number>>(here.ports)?.["test/web:8080"]).toBe(Number(address?.split(":")[1]));
  expect([...left(here), ...left(beside)]).toEqual([]);
});
