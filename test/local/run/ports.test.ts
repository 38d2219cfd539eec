import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "vitest";
import { LOOPBACK, Ports } from "../../../local/run/ports.ts";
import { folder } from "../../support/filiera.ts";

describe("ports of a run", () => {
  test("are let go of, though a client called while nobody listened yet", async () => {
    const ports = new Ports(join(folder(), "ports.json"));
    const port = await ports.take("mlflow/mlflow:5000", "apps/v1/Deployment/mlflow/mlflow");
    const client = connect(port, LOOPBACK);
    client.on("error", () => {});
    const connected = new Promise((done) => client.once("connect", done));
    const closed = new Promise((done) => client.once("close", done));
    client.resume();
    await Promise.race([connected, closed]);
    await sleep(20);
    await ports.close();
    await closed;
  });
});
