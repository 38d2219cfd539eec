import { containerStep } from "./container-step.ts";
import { list, string, struct } from "./ports.ts";

/** Makes a PersistentVolumeClaim; its output is the name. Kubeflow does this itself and runs no container. */
export const createClaim = containerStep({
  name: "createpvc",
  inputs: {
    access_modes: list({ description: "How it may be mounted, such as ReadWriteOnce." }),
    size: string({ description: "Its size, such as 5Gi." }),
    pvc_name: string({ optional: true, description: "Its name." }),
    pvc_name_suffix: string({ optional: true, description: "The end of a name that Kubeflow makes." }),
    storage_class_name: string({ default: "", description: "Its storage class; the cluster's default if empty." }),
    volume_name: string({ optional: true, description: "A PersistentVolume that is there already." }),
    annotations: struct({ optional: true, description: "Its annotations." }),
    data_source: struct({ optional: true, description: "What it is filled from." }),
  },
  outputs: { name: string() },
  container: { image: "argostub/createpvc" },
});

/** Deletes a PersistentVolumeClaim. Kubeflow does this itself and runs no container. */
export const deleteClaim = containerStep({
  name: "deletepvc",
  inputs: { pvc_name: string({ description: "Its name." }) },
  container: { image: "argostub/deletepvc" },
});
