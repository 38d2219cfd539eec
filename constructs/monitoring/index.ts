export { type Alert, type AlertOptions, Alerts, type AlertsProps } from "./alerts.ts";
