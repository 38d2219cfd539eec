import { k8s } from "cdk8s-plus-28";
import { here } from "../../constructs/kernel/here.ts";
import { RunFolder, run } from "../../local/index.ts";
import { whenAbandoned } from "../../local/process/ancestors.ts";
import { chart, deployment, IMAGE, job, PROGRAM, server } from "./running-chart.ts";

// A run as a process of its own: `node running-alone.ts <project> [watch|throw|fill]`. Says so when it is ready, and
// stays; or watches who started it, throws what nobody catches, has a server that was ready fill the disk.
const [project = "", mode] = process.argv.slice(2);
const scope = chart();
deployment(scope, "web", server());
// children that leave their session: one of another program, and one, as backends of PostgreSQL do, in a folder that
// stays, which ignores what it is told
const busy = `trap '' TERM INT; setsid sleep 100000 & setsid sh -c "trap '' TERM INT; cd $0; while :; do sleep 0.1; done" & wait`;
new k8s.KubeStatefulSet(scope, "busy", {
  metadata: { name: "busy", namespace: "test" },
  spec: {
    serviceName: "busy",
    selector: { matchLabels: { app: "busy" } },
    template: {
      metadata: { labels: { app: "busy" } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: "main",
            image: IMAGE,
            command: ["sh", "-c", busy, String(here.folder("/data"))],
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
      },
    },
    volumeClaimTemplates: [{ metadata: { name: "data" } }],
  },
});
if (mode === "fill") {
  const full = `echo fills; sleep 0.5; cat /dev/zero > "$0/zeros"; rm "$0/zeros"; exit 1`;
  const mounts = [{ name: "scratch", mountPath: "/scratch" }];
  const command = ["sh", "-c", full, String(here.folder("/scratch"))];
  const pod = { volumes: [{ name: "scratch", emptyDir: {} }] };
  const filling = deployment(scope, "filling", { command, volumeMounts: mounts }, pod);
  job(scope, "after", { command: ["sleep", "1000"] }).node.addDependency(filling);
}
const folder = new RunFolder(project, "test");
const running = await run(scope, { folder, environment: "test", programs: () => PROGRAM }).catch((error: Error) => {
  console.log(error.message);
  process.exit(1);
});
const end = async () => {
  await running.stop();
  process.exit();
};
process.on("SIGTERM", end);
if (mode === "watch") whenAbandoned(end);
console.log("ready");
if (mode === "throw") throw new Error("nobody catches this");
setInterval(() => {}, 1e6);
