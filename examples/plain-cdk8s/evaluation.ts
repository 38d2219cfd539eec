import { k8s } from "cdk8s-plus-28";
import type { Construct } from "constructs";
import { type Image, late, Noun, type Tracking, Workload } from "filiera/constructs";

export interface EvaluationProps {
  readonly namespace: string;
  readonly image: Image;
  /** Version of the model. A Job's name ends in a hash of what it runs, so each version has a Job of its own. */
  readonly version: number;
  readonly tracking: Tracking;
}

/** A construct of one's own: scores one version of a model and logs the scores to MLflow. */
export class Evaluation extends Noun {
  constructor(scope: Construct, id: string, { namespace, image, version, tracking }: EvaluationProps) {
    super(scope, id);
    const { url, user, password } = tracking;
    const settings = new k8s.KubeSecret(this, "settings", {
      metadata: { name: `evaluation-${version}`, namespace },
      // late values stand where text does; inside another text they need an encoder
      stringData: { "tracking.json": String(late.json({ url, user, password })) },
    });
    new Workload(this, "job", {
      name: `evaluation-${version}`,
      namespace,
      app: "evaluation",
      component: "job",
      run: { kind: "Job", retries: 2, deadlineSeconds: 3600 },
      container: {
        image,
        command: ["python", "-m", "evaluation"],
        args: [`--version=${version}`, "--tracking=/etc/evaluation/tracking.json"],
        env: { ...tracking.settings },
        resources: { requests: { cpu: "500m", memory: "1Gi" } },
        mounts: [
          { path: "/etc/evaluation", secret: settings },
          { path: "/tmp", scratch: { size: "1Gi" } },
        ],
      },
    })
      .connect(tracking.endpoint)
      .after(tracking.ready);
  }
}
