/** What the action says when it fails: its message, to be compared word for word. */
export function complaint(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "no complaint";
}
