import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import sirv from "sirv";

/** @see PageServer */
export interface PageServerProps {
  /** Folders by the path under which they are served; `""` is the page's own. */
  readonly folders: Readonly<Record<string, string>>;
  /** Path of the stream of states. */
  readonly events: string;
  /** Port on loopback. @default - a free one */
  readonly port?: number;
}

const LOOPBACK = "127.0.0.1";
/** Seconds in which a browser hears something, or takes the connection for lost. */
const HEARTBEAT = 15;

/**
 * Serves a page and tells it what happens, on loopback alone: static files, and a stream of server-sent events, each
 * of which is a whole state. Answers nobody who calls it by another name than its own: no other site's page can read it.
 */
export class PageServer {
  readonly #props: PageServerProps;
  readonly #served: readonly { readonly path: string; readonly serve: ReturnType<typeof sirv> }[];
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #listeners = new Set<ServerResponse>();
  readonly #heartbeat = setInterval(() => this.#write(": still here\n\n"), HEARTBEAT * 1000).unref();
  #port = 0;
  #last: string | undefined;

  private constructor(props: PageServerProps) {
    this.#props = props;
    // longest first: the page's own folder has what no other has
    this.#served = Object.entries(props.folders)
      .sort(([a], [b]) => b.length - a.length)
      .map(([path, folder]) => ({ path: path === "" ? "/" : `/${path}/`, serve: sirv(folder, { dev: true }) }));
  }

  /** Starts to serve; by itself it keeps no process alive. */
  static async start(props: PageServerProps): Promise<PageServer> {
    const page = new PageServer(props);
    await new Promise<void>((done, fail) => {
      page.#server.once("error", fail).listen(props.port ?? 0, LOOPBACK, done);
    });
    const address = page.#server.unref().address();
    if (typeof address === "object" && address) page.#port = address.port;
    return page;
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.#port}/`;
  }

  /** Tells every page that is open, and every one that opens later, a state. */
  tell(state: object): void {
    const text = JSON.stringify(state);
    if (text === this.#last) return;
    this.#last = text;
    this.#write(eventOf(text));
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    const closed = new Promise((done) => this.#server.close(done));
    for (const listener of this.#listeners) listener.end();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { url: path = "/", method = "" } = request;
    const found = this.#served.find((each) => path.startsWith(each.path));
    const nothing = () => refuse(response, 404, "there is no such page");
    if (!isOwnName(request)) refuse(response, 403, "call it by the address that was printed");
    else if (!["GET", "HEAD"].includes(method)) refuse(response, 405, "nothing can be changed here");
    else if (path === `/${this.#props.events}`) this.#subscribe(response);
    else if (!found) nothing();
    else {
      request.url = path.slice(found.path.length - 1);
      found.serve(request, response, nothing);
    }
  }

  #subscribe(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(this.#last === undefined ? ": nothing has happened yet\n\n" : eventOf(this.#last));
    this.#listeners.add(response);
    response.on("close", () => this.#listeners.delete(response));
  }

  #write(text: string): void {
    for (const listener of this.#listeners) listener.write(text);
  }
}

/** A page of another site may have a name of its own lead to loopback, and would read what it gets. */
function isOwnName({ headers, socket }: IncomingMessage): boolean {
  return [LOOPBACK, "localhost"].some((name) => headers.host === `${name}:${socket.localPort}`);
}

/** JSON has no line breaks: one line is the event. */
function eventOf(json: string): string {
  return `data: ${json}\n\n`;
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${why}\n`);
}
