import { k8s } from "cdk8s-plus-28";
import { here } from "../../constructs/kernel/here.ts";
import { RunFolder, run } from "../../local/index.ts";
import { whenAbandoned } from "../../local/process/ancestors.ts";
import { chart, deployment, IMAGE, PROGRAM, server } from "./running-chart.ts";

// A run as a process of its own: `node running-alone.ts <project> [watch]`. Says so when it is ready, and stays.
const [project = "", watch] = process.argv.slice(2);
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
const stop = new AbortController();
const folder = new RunFolder(project, "test");
const running = await run(scope, { folder, environment: "test", programs: () => PROGRAM, signal: stop.signal });
const end = async () => {
  await running.stop();
  process.exit();
};
process.on("SIGTERM", end);
if (watch === "watch") whenAbandoned(end);
console.log("ready");
setInterval(() => {}, 1e6);
