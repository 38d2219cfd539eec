export { Ingestion } from "./ingestion.ts";
export type { BatchProps, FieldProps, FieldType, IngestionProps, Treatment } from "./props.ts";
