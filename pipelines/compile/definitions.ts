import type { Ports } from "../language/ports.ts";
import { type ArtifactsType, type ArtifactType, type DataType, isParameter } from "../language/types.ts";
import type { ArtifactSchema, ArtifactSpec, Definitions, ParameterSpec } from "./ir.ts";

/** The interface of a component, of its declared ports. */
export function definitionsOf(ports: Ports, side: "input" | "output"): Definitions | undefined {
  return definitions(
    Object.entries(ports).map(([name, { type, need, default: value, description }]) => {
      const isOptional = side === "input" && need !== "required";
      return [
        name,
        {
          type,
          ...(isOptional ? { isOptional } : {}),
          ...(value === undefined || side === "output" ? {} : { defaultValue: value }),
          ...(description === undefined ? {} : { description }),
        },
      ];
    }),
  );
}

/** The interface of a component, of what goes in or comes out. */
export function definitions(
  entries: Iterable<readonly [string, { readonly type: DataType } & Omit<ParameterSpec, "parameterType">]>,
): Definitions | undefined {
  const parameters: Record<string, ParameterSpec> = {};
  const artifacts: Record<string, ArtifactSpec> = {};
  for (const [name, { type, ...rest }] of entries) {
    if (isParameter(type)) parameters[name] = { parameterType: type.kind, ...rest };
    else {
      const { defaultValue: _, ...others } = rest;
      artifacts[name] = {
        artifactType: schemaOf(type),
        ...(type.kind === "ARTIFACTS" ? { isArtifactList: true } : {}),
        ...others,
      };
    }
  }
  return ifAny({ parameters: ifAny(parameters), artifacts: ifAny(artifacts) });
}

/** The schema of an artifact. */
export function schemaOf({ schema, version }: ArtifactType | ArtifactsType): ArtifactSchema {
  return { schemaTitle: schema, schemaVersion: version };
}

/** The object without what is undefined, or nothing if nothing is left. */
export function ifAny<Value extends object>(value: Value): Value | undefined {
  const entries = Object.entries(value).filter(([, of]) => of !== undefined);
  return entries.length === 0 ? undefined : defined(value);
}

/** The object without what is undefined. */
export function defined<Value extends object>(value: Value): Value;
export function defined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, of]) => of !== undefined));
}
