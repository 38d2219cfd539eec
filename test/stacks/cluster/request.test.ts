import { createServer, type RequestListener, type Server } from "node:http";
import getPort from "get-port";
import { afterAll, describe, expect, it } from "vitest";
import { namedContext } from "../../../stacks/cluster/kubeconfig.ts";
import { refusalOf } from "../../../stacks/cluster/refusal.ts";
import { send } from "../../../stacks/cluster/request.ts";
import { folder, write } from "../../support/filiera.ts";
import { kubeconfig } from "../../support/kubeconfig.ts";

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** What is said of a request to a server that answers so. */
async function said(answer: RequestListener, seconds?: number): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  const port = await getPort();
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  const HOME = folder();
  const parts = { server: `http://127.0.0.1:${port}`, cluster: { "insecure-skip-tls-verify": true } };
  write(HOME, { ".kube/config": kubeconfig({ dev: parts }) });
  const named = namedContext({ kind: "existing", context: "dev", kubernetesVersion: "1.35" }, { HOME });
  const question = {
    method: "GET",
    path: "/version",
    accept: "application/json",
    ...(seconds && { seconds }),
  } as const;
  try {
    return JSON.stringify(await send(named, question));
  } catch (error) {
    const { kind, message } = refusalOf(error, named);
    return `${kind}: ${message.replace(String(port), "…")}`;
  }
}

describe("a request to an API server", () => {
  it("is answered", async () => {
    expect(await said((_, response) => response.end('{"gitVersion":"v1.35.4"}'))).toBe('{"gitVersion":"v1.35.4"}');
  });

  it("is answered by something in between", async () => {
    const proxy: RequestListener = (_, response) => response.end("<html>sign in\n<body>");
    expect(await said(proxy)).toBe('failed: the API server of "dev" answers 200 (<html>sign in): look at its health');
  });

  it("is answered by an error, in JSON or not", async () => {
    const broken: RequestListener = (_, response) => response.writeHead(500).end("etcdserver: request timed out\nmore");
    expect(await said(broken)).toBe(
      'failed: the API server of "dev" answers 500 (etcdserver: request timed out): look at its health',
    );
  });

  it("is given up where nothing answers, and where the line goes dead", async () => {
    expect(await said(() => {}, 0.2)).toBe(
      'unreachable: the API server of "dev", http://127.0.0.1:…, cannot be reached (ETIMEDOUT): start the cluster, or mend the network, VPN or proxy in between',
    );
    expect(await said((request) => request.socket.destroy())).toMatch(
      /^unreachable: .* cannot be reached \(ECONNRESET\)/,
    );
  });
});
