import type { IPrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1";
import { ApiObject } from "cdk8s";
import type { Construct } from "constructs";
import { Noun } from "../kernel/noun.ts";
import { PART_OF } from "../workload/index.ts";

/** Something wrong that Prometheus can see, and what it tells whom it wakes. */
export interface Alert {
  /** Its name, such as `PostgresDown`, which is also its section in the alerts' guide. */
  readonly name: string;
  /** PromQL that has a series for each thing that is wrong, and none where nothing is. */
  readonly expr: string;
  /** Minutes for which it must have been wrong. */
  readonly minutes: number;
  /** `critical` where something does not work, or will not before long; `warning` where somebody should look at it today. */
  readonly severity: "critical" | "warning";
  /** What is wrong, in a few words. */
  readonly summary: string;
  /** The same with the value and the labels, as Prometheus' templates write them. */
  readonly description: string;
}

/** What the alerts of every component can be told. */
export interface AlertOptions {
  /** Address of the alerts' guide, to which each alert links. @default - its path in filiera's sources, docs/guides/alerts.md */
  readonly runbooks?: string;
  /** Days that a certificate is still good for when it should long have been renewed, 1 to 29. @default 21 */
  readonly certificateDays?: number;
  /** Free part of a volume, in percent, below which it is nearly full; below a third of it that is critical. @default 15 */
  readonly volumeFreePercent?: number;
}

/** Of `AlertOptions`. cert-manager renews certificates 30 days before they end. */
export const ALERT_DEFAULTS = {
  runbooks: "docs/guides/alerts.md",
  certificateDays: 21,
  volumeFreePercent: 15,
} as const;

/** @see Alerts */
export interface AlertsProps {
  /** Name of the PrometheusRule. */
  readonly name: string;
  readonly namespace: string;
  readonly alerts: readonly Alert[];
  /** Labels of the PrometheusRule, by which Prometheus finds it. @default {} */
  readonly labels?: Readonly<Record<string, string>>;
  /** @see AlertOptions.runbooks */
  readonly runbooks?: string;
}

/**
 * Alerts of one component, as a PrometheusRule of the Prometheus operator.
 *
 * @example
 * new Alerts(this, "alerts", {
 *   name: "gateway", namespace: "gateway",
 *   alerts: [{
 *     name: "GatewayDown", expr: 'absent(up{job="gateway"} == 1)', minutes: 5, severity: "critical",
 *     summary: "the gateway is down", description: "nothing answers Prometheus there",
 *   }],
 * });
 */
export class Alerts extends Noun {
  constructor(scope: Construct, id: string, props: AlertsProps) {
    super(scope, id);
    const { name, namespace, alerts, labels, runbooks = ALERT_DEFAULTS.runbooks } = props;
    const manifest = {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: { name, namespace, labels: { ...PART_OF, ...labels } },
      spec: {
        groups: [
          {
            // groups of all PrometheusRules are told apart by their files alone
            name: `${namespace}-${name}`,
            rules: alerts.map(({ name: alert, expr, minutes, severity, summary, description }) => ({
              alert,
              expr,
              for: `${minutes}m`,
              labels: { severity, namespace },
              annotations: { summary, description, runbook_url: `${runbooks}#${alert.toLowerCase()}` },
            })),
          },
        ],
      },
    } satisfies IPrometheusRule;
    new ApiObject(this, "prometheusrule", manifest);
  }
}

/** When a certificate that cert-manager keeps fresh is not: of a component, by the name of the Certificate. */
export function certificateAlert(
  component: string,
  certificate: { readonly name: string; readonly namespace: string },
  { certificateDays = ALERT_DEFAULTS.certificateDays }: AlertOptions,
): Alert {
  const { name, namespace } = certificate;
  const metric = "certmanager_certificate_expiration_timestamp_seconds";
  // a Prometheus that keeps a target's own labels first names the certificate's namespace otherwise
  const ends = ["namespace", "exported_namespace"].map((label) => `${metric}{${label}="${namespace}",name="${name}"}`);
  return {
    name: `${component}CertificateEnds`,
    expr: `min by (name) (${ends.join(" or ")}) - time() < ${certificateDays * 24 * 3600}`,
    minutes: 15,
    severity: "critical",
    summary: "a certificate is not renewed",
    description: `the certificate ${namespace}/${name} ends in {{ $value | humanizeDuration }}: cert-manager should have renewed it`,
  };
}

/** When volumes fill, by a pattern of their claims' names, as the kubelet measures them. */
export function volumeAlerts(
  component: string,
  volumes: { readonly claims: string; readonly namespace: string },
  { volumeFreePercent = ALERT_DEFAULTS.volumeFreePercent }: AlertOptions,
): readonly Alert[] {
  const { claims, namespace } = volumes;
  const of = (what: string) =>
    `kubelet_volume_stats_${what}_bytes{namespace="${namespace}",persistentvolumeclaim=~"${claims}"}`;
  const free = `min by (persistentvolumeclaim) (100 * ${of("available")} / ${of("capacity")})`;
  const description = `the volume ${namespace}/{{ $labels.persistentvolumeclaim }} has {{ $value | humanize }}% left`;
  const alert = { minutes: 10, description };
  return [
    {
      ...alert,
      name: `${component}VolumeNearlyFull`,
      expr: `${free} < ${volumeFreePercent}`,
      severity: "warning",
      summary: "a volume is nearly full",
    },
    {
      ...alert,
      name: `${component}VolumeFull`,
      expr: `${free} < ${volumeFreePercent / 3}`,
      severity: "critical",
      summary: "a volume is all but full",
    },
  ];
}

/** When fewer targets of a job than there should be answer Prometheus. */
export function answering(job: string, fewerThan: number): string {
  return `(count(up{job="${job}"} == 1) or vector(0)) < ${fewerThan}`;
}
