import { readFileSync, writeFileSync } from "node:fs";
import { Agent, createServer, request } from "node:https";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { objectAt } from "../../../constructs/kernel/json.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { freePort } from "../ports.ts";

/** A way to an API server on which some answers never arrive, though what was asked for is done. */
export class Withholding implements AsyncDisposable {
  /** Path of a kubeconfig that leads this way. */
  readonly kubeconfig: string;
  readonly #server: ReturnType<typeof createServer>;
  #seen = false;

  private constructor(kubeconfig: string, server: ReturnType<typeof createServer>) {
    this.kubeconfig = kubeconfig;
    this.#server = server;
  }

  /** @param from - what is withheld: the answers to requests that change such a path */
  static async start(plane: ControlPlane, from: RegExp): Promise<Withholding> {
    const [served, admin] = await Promise.all([
      plane.authority.issue({ name: "proxy", hosts: ["127.0.0.1"] }),
      plane.authority.issue({ name: "admin", group: "system:masters" }),
    ]);
    const server = createServer({ cert: served.certificate, key: served.key });
    const port = await freePort();
    const config: unknown = parse(readFileSync(plane.kubeconfig, "utf8"));
    Object.assign(objectAt(config, "clusters", "0", "cluster"), { server: `https://127.0.0.1:${port}` });
    const kubeconfig = join(plane.processes.folder, "withholding");
    writeFileSync(kubeconfig, stringify(config));
    const made = new Withholding(kubeconfig, server);
    const agent = new Agent({ ca: plane.authority.certificate, cert: admin.certificate, key: admin.key });
    server.on("request", (asked, answer) => {
      const { method, url = "", headers } = asked;
      const forwarded = request(`${plane.server}${url}`, { method, headers, agent }, (found) => {
        const isWithheld = method !== "GET" && from.test(url);
        made.#seen ||= isWithheld;
        if (isWithheld) return void found.resume();
        answer.writeHead(found.statusCode ?? 500, found.headers);
        found.pipe(answer);
      });
      forwarded.on("error", () => answer.destroy());
      asked.pipe(forwarded);
    });
    await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
    return made;
  }

  /** Whether an answer was withheld. */
  get seen(): boolean {
    return this.#seen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await promisify(this.#server.close.bind(this.#server))();
  }
}
