export { PlatformNamespace, type PlatformNamespaceProps } from "./namespace.ts";
