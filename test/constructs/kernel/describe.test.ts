import { describe, expect, it } from "vitest";
import { describe as described } from "../../../constructs/kernel/describe.ts";
import { isLate, late, type Text } from "../../../constructs/kernel/late.ts";
import { chart, object } from "../../support/chart.ts";

function words(text: Text): string {
  return isLate(text) ? described(text.expression) : text;
}

const password = late.named("postgres.password");

/** A hole as it is shown; written so that it is no template of TypeScript's. */
function hole(inside: string): string {
  return `$\{${inside}}`;
}

describe("a late value in words", () => {
  it.each([
    ["a name", password, hole("postgres.password")],
    ["an Output", late.from({}), hole("output")],
    [
      "a text",
      late.text`postgresql://u:${late.url(password)}@host`,
      `postgresql://u:${hole("url(postgres.password)")}@host`,
    ],
    ["nested encoders", late.ini(late.url(password)), hole("ini(url(postgres.password))")],
    ["JSON", late.json({ a: [password, 1, null] }), `{"a":["${hole("postgres.password")}",1,null]}`],
    ["a hash", late.hash(late.named("key"), { a: password }), hole(`hash({"a":"${hole("postgres.password")}"})`)],
  ])("%s", (_, value, text) => {
    expect(words(value)).toBe(text);
  });

  it("a field of another object", () => {
    const service = object(chart(), "gateway", { kind: "Service" });
    expect(words(late.of(service, "status", "loadBalancer", "ingress", "0", "ip"))).toBe(
      hole("Service/gateway.status.loadBalancer.ingress.0.ip"),
    );
  });
});
