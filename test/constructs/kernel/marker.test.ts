import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { late } from "../../../constructs/kernel/late.ts";
import { readLeaf } from "../../../constructs/kernel/marker.ts";
import { collect } from "../../../constructs/kernel/objects.ts";
import { chart, object } from "../../support/chart.ts";
import { complaint } from "../../support/errors.ts";
import { known, lateAs } from "../../support/plain.ts";

const SPOILT =
  "a late value was encoded or cut as if it were plain text: use late.url, late.json, late.ini, late.shell, late.kube or late.base64 instead";
const BARE =
  "a late value stands inside a longer text: join it with late.text, and encode it with late.url, late.json, late.ini, late.shell or late.kube";
const CALCULATED = "a late number was calculated with or put into a text: use it as it is, or late.text";

/** What is said about a value in a manifest. */
function refusal(value: unknown): string {
  const root = chart();
  object(root, "settings", { data: { key: value } });
  return complaint(() => collect(root));
}

const marker = String(late.named("password"));
const port = late.asNumber(lateAs(5432));

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function pythonJson(text: string): string {
  return text.replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

describe("a marker", () => {
  it("is a late value where it is whole", () => {
    expect(refusal(marker)).toBe("no complaint");
    expect(refusal(port)).toBe("no complaint");
  });

  it.each([
    ["encodeURIComponent", encodeURIComponent(marker)],
    ["encodeURIComponent in lower case", encodeURIComponent(marker).toLowerCase()],
    ["encodeURI", encodeURI(marker)],
    ["URLSearchParams", new URLSearchParams({ password: marker }).toString()],
    ["URL", new URL(`http://user:${marker}@host/`).href],
    ["hexadecimal", Buffer.from(marker).toString("hex")],
    ["upper-case hexadecimal", Buffer.from(marker).toString("hex").toUpperCase()],
    ["base64", base64(marker)],
    ["base64 after one byte", base64(`a${marker}`)],
    ["base64 after two bytes", base64(`ab${marker}`)],
    ["base64 of a user and password", base64(`user:${marker}`)],
    ["base64url", Buffer.from(`>>>${marker}???`).toString("base64url")],
    ["base64url after one byte", Buffer.from(`>${marker}`).toString("base64url")],
    ["base64url after two bytes", Buffer.from(`>>${marker}`).toString("base64url")],
    ["upper case", marker.toUpperCase()],
    ["capitals", marker.replace("l", "L")],
    ["slice from the start", marker.slice(0, -1)],
    ["slice of three characters", marker.slice(0, 3)],
    ["slice from the end", marker.slice(1)],
    ["slice of one character", marker.slice(-1)],
    ["reverse", [...marker].reverse().join("")],
    ["JSON with ASCII escapes", pythonJson(JSON.stringify(marker))],
    ["JSON with upper-case escapes", pythonJson(marker).replaceAll("\\ue", "\\uE")],
    ["decimal HTML entities", marker.replace(/[\ue000\ue001]/g, (c) => `&#${c.charCodeAt(0)};`)],
    ["hexadecimal HTML entities", marker.replace(/[\ue000\ue001]/g, (c) => `&#x${c.charCodeAt(0).toString(16)};`)],
  ])("that was spoilt is refused: %s", (_, spoilt) => {
    expect(refusal(spoilt)).toBe(`[test/settings] data.key: ${SPOILT}`);
    expect(refusal(`key = ${spoilt}\n`)).toBe(`[test/settings] data.key: ${SPOILT}`);
  });

  it.each([
    ["template literal", `postgresql://user:${marker}@host/`],
    ["JSON.stringify", JSON.stringify({ password: marker })],
    ["trailing newline", `${marker}\n`],
    ["leading space", ` ${marker}`],
    ["two markers", marker + marker],
    ["the marker of another process", "\uE000late:999999999\uE001"],
    ["shell quotes", `'${marker}'`],
    ["double-quoted with spoilt company", `${marker} ${encodeURIComponent(marker)}`],
  ])("that is bare in a longer text is refused: %s", (_, bare) => {
    expect(refusal(bare)).toBe(`[test/settings] data.key: ${BARE}`);
  });

  it.each([
    ["addition", port + 1],
    ["addition of a port", port + 8080],
    ["subtraction", port - 1],
    ["negation", -port],
    ["absolute value", Math.abs(port)],
    ["multiplication", port * 1000],
    ["division", port / 2],
    ["division by a thousand", port / 1000],
    ["template literal", `host:${port}`],
    ["text", String(port)],
    ["addition in a template literal", `host:${port + 1}/`],
    ["concatenation", `${port}x${port}`],
  ])("for a number that was calculated with is refused: %s", (_, calculated) => {
    expect(refusal(calculated)).toBe(`[test/settings] data.key: ${CALCULATED}`);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("leaves numbers that JSON lacks to be refused: %s", (value) => {
    expect(refusal(value)).toBe(`[test/settings] data.key: is ${value}, which JSON cannot say`);
  });

  it("for a number joins texts and JSON, where it stays a number", () => {
    expect(known(late.text`host:${port}`)).toBe("host:5432");
    expect(known(late.json({ port }))).toBe('{"port":5432}');
    expect(known(port)).toBe(5432);
  });

  it("is refused where another encoder is given text that it was spoilt in", () => {
    expect(complaint(() => late.url(`a${marker}`))).toBe(BARE);
    expect(complaint(() => late.text`${encodeURIComponent(marker)}`)).toBe(SPOILT);
    expect(complaint(() => late.text`${port + 1}`)).toBe(CALCULATED);
  });

  it("is refused deep inside a late document", () => {
    expect(refusal(String(late.json({ a: [{ url: `http://${marker}` }] })))).toBe(`[test/settings] data.key: ${BARE}`);
    expect(refusal(String(late.base64(late.json({ [marker]: 1 }))))).toBe(
      "[test/settings] data.key: a map key is late: keys must be known when planned",
    );
  });
});

describe("what is no marker", () => {
  const FALSE_ALARMS = [
    "-9223372036854775808",
    "job-8123456789012345",
    "job-9123456789012345-retry",
    "i-81234567890123456",
    // the pattern of XML characters, as in many schemas
    "^[\\u0009\\u000A\\u000D\\u0020-\\uD7FF\\uE000-\\uFFFD]*$",
    "sha256:00ee8080aa11ee808100000000000000000000000000000000000000000000000",
    "EE8080EE8081",
    "late:1",
    "&#xE00A; &#57346;",
    "\uE002\uF8FF",
    "-----BEGIN CERTIFICATE-----",
  ] as const;

  it.each(FALSE_ALARMS)("is left alone: %s", (text) => {
    expect(readLeaf(text).kind).toBe("plain");
  });

  it.each([0, -1, -0.5, -(2 ** 31), -(2 ** 32), -(2 ** 63), 2 ** 53, 8e15, 9.1e18, 1e300])(
    "is left alone: the number %d",
    (number) => {
      expect(readLeaf(number).kind).toBe("plain");
    },
  );

  it("is left alone in random base64, digests, UUIDs and certificates", () => {
    for (let i = 0; i < 300; i++) {
      const bytes = randomBytes(3000);
      const digest = createHash("sha512").update(bytes).digest("hex");
      const pem = bytes.toString("base64").replace(/.{64}/g, "$&\n");
      for (const text of [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex"), digest, pem])
        expect(readLeaf(text).kind).toBe("plain");
    }
  });

  it("is left alone in random text and numbers", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uuid(),
          fc.base64String({ maxLength: 500 }),
          fc.lorem({ maxCount: 50 }),
          fc.string({ unit: "grapheme", maxLength: 300 }),
          fc.integer(),
          fc.double({ min: -1e9, noDefaultInfinity: true, noNaN: true }),
          fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }).map((n) => `x${n}`),
        ),
        (value) => readLeaf(value).kind === "plain",
      ),
      { numRuns: 3000 },
    );
  });

  it("takes time in proportion to its length", () => {
    // quadratic reading of these would not end within the test's time
    for (const unit of ["-", "-8", "%EE%80", "ee80", "\\ue000lat", "&#57", "late:1", "7oCAbGF0"])
      expect(readLeaf(unit.repeat(300_000)).kind).toBe("plain");
  });
});

describe("where nothing may be late", () => {
  const whole = late.named("x");

  it.each([
    ["name", { name: String(whole) }],
    ["namespace", { namespace: String(whole) }],
    ["kind", { kind: String(whole) }],
    ["apiVersion", { apiVersion: String(whole) }],
    ["name", { name: `a-${whole}` }],
    ["name", { name: encodeURIComponent(String(whole)).toLowerCase() }],
  ])("a marker is refused: %s", (field, parts) => {
    const root = chart();
    object(root, "thing", parts);
    expect(complaint(() => collect(root))).toBe(
      `[test/thing] ${field} is late: an object's identity must be known when it is planned`,
    );
  });

  it.each([String(whole), `a-${whole}`, base64(String(whole))])("a marker is refused: map key %#", (key) => {
    const root = chart();
    object(root, "thing", { data: { [key]: "1" } });
    expect(complaint(() => collect(root))).toBe(
      "[test/thing] data: a map key is late: keys must be known when planned",
    );
  });
});
