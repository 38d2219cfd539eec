import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PageServer } from "../../local/page-server.ts";

let folder = "";
let server: PageServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "filiera-page-"));
  for (const each of ["page", "logs"]) mkdirSync(join(folder, each));
  writeFileSync(join(folder, "page/index.html"), "<p>the page</p>");
  writeFileSync(join(folder, "logs/mlflow.log"), "started\n");
  writeFileSync(join(folder, "secret"), "nobody's business");
  server = await PageServer.start({
    folders: { "": join(folder, "page"), logs: join(folder, "logs") },
    events: "events",
  });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Asked {
  readonly path?: string;
  readonly host?: string;
  readonly method?: string;
  readonly address?: string;
}

/** Asks as a browser would not: any path, any name. */
function ask({ path = "/", host, method = "GET", address = "127.0.0.1" }: Asked): Promise<IncomingMessage> {
  const { port } = new URL(server.url);
  return new Promise((done, fail) => {
    request({ agent: false, host: address, port, path, method, headers: { host: host ?? `127.0.0.1:${port}` } }, done)
      .on("error", fail)
      .end();
  });
}

async function answer(asked: Asked): Promise<[number | undefined, string]> {
  const response = await ask(asked);
  return [response.statusCode, await text(response)];
}

describe("files", () => {
  test("are served from the folder of their path, as they are at that moment", async () => {
    expect(await answer({})).toEqual([200, "<p>the page</p>"]);
    expect(await answer({ path: "/logs/mlflow.log" })).toEqual([200, "started\n"]);
    writeFileSync(join(folder, "logs/mlflow.log"), "started\nstopped\n");
    expect(await answer({ path: "/logs/mlflow.log" })).toEqual([200, "started\nstopped\n"]);
    expect(await answer({ path: "/nothing" })).toEqual([404, "there is no such page\n"]);
  });

  test.each(["/../secret", "/logs/../../secret", "/logs/%2e%2e/%2e%2e/secret", "/..%2fsecret"])(
    "outside the folders are not served: %s",
    async (path) => {
      const [status, said] = await answer({ path });
      expect(status).toBe(404);
      expect(said).not.toContain("business");
    },
  );

  test("cannot be changed", async () => {
    expect(await answer({ method: "POST" })).toEqual([405, "nothing can be changed here\n"]);
  });
});

describe("whoever calls it", () => {
  test("must call it by its own name", async () => {
    expect(await answer({ host: "rebound.example.com" })).toEqual([403, "call it by the address that was printed\n"]);
    expect(await answer({ host: "127.0.0.1:1" })).toEqual([403, "call it by the address that was printed\n"]);
    expect(await answer({ host: `localhost:${new URL(server.url).port}` })).toEqual([200, "<p>the page</p>"]);
  });

  test("must be on this machine", async () => {
    const others = Object.values(networkInterfaces()).flatMap(
      (each) => each?.filter(({ internal }) => !internal) ?? [],
    );
    for (const { address } of others.filter(({ family }) => family === "IPv4"))
      await expect(ask({ address })).rejects.toThrow("ECONNREFUSED");
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });
});

describe("a state", () => {
  /** The events of a stream as they come. */
  async function* eventsOf(response: IncomingMessage): AsyncGenerator<unknown> {
    for await (const chunk of response)
      for (const line of String(chunk).split("\n"))
        if (line.startsWith("data: ")) yield JSON.parse(line.slice("data: ".length));
  }

  test("is told to every listener, the last one to whoever comes later, and none twice", async () => {
    const early = eventsOf(await ask({ path: "/events" }));
    server.tell({ step: 1 });
    expect((await early.next()).value).toEqual({ step: 1 });
    const late = eventsOf(await ask({ path: "/events" }));
    expect((await late.next()).value).toEqual({ step: 1 });
    server.tell({ step: 1 });
    server.tell({ step: 2, says: "two\nlines" });
    expect((await early.next()).value).toEqual({ step: 2, says: "two\nlines" });
    expect((await late.next()).value).toEqual({ step: 2, says: "two\nlines" });
  });

  test("ends with the server", async () => {
    const stream = eventsOf(await ask({ path: "/events" }));
    await server.close();
    await expect(stream.next()).resolves.toMatchObject({ done: true });
    await expect(ask({})).rejects.toThrow("ECONNREFUSED");
  });
});
