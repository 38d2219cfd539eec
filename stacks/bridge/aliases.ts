// Generated from the typed classes of @pulumi/kubernetes 4.34.2: npm run generate.

/** The apiVersions under which a kind (`group/Kind`) is or was known. */
export const apiVersions: Readonly<Record<string, string>> = {
  "admissionregistration.k8s.io/MutatingAdmissionPolicy":
    "admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 admissionregistration.k8s.io/v1beta1",
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding":
    "admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 admissionregistration.k8s.io/v1beta1",
  "admissionregistration.k8s.io/MutatingWebhookConfiguration":
    "admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1beta1",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy":
    "admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 admissionregistration.k8s.io/v1beta1",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding":
    "admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 admissionregistration.k8s.io/v1beta1",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration":
    "admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1beta1",
  "apiextensions.k8s.io/CustomResourceDefinition": "apiextensions.k8s.io/v1 apiextensions.k8s.io/v1beta1",
  "apiregistration.k8s.io/APIService":
    "apiregistration.k8s.io/v1 apiregistration.k8s.io/v1beta1 apiregistration/v1 apiregistration/v1beta1",
  "apps/ControllerRevision": "apps/v1 apps/v1beta1 apps/v1beta2",
  "apps/DaemonSet": "apps/v1 apps/v1beta2 extensions/v1beta1",
  "apps/Deployment": "apps/v1 apps/v1beta1 apps/v1beta2 extensions/v1beta1",
  "apps/ReplicaSet": "apps/v1 apps/v1beta2 extensions/v1beta1",
  "apps/StatefulSet": "apps/v1 apps/v1beta1 apps/v1beta2",
  "autoscaling/HorizontalPodAutoscaler": "autoscaling/v1 autoscaling/v2 autoscaling/v2beta1 autoscaling/v2beta2",
  "batch/CronJob": "batch/v1 batch/v1beta1 batch/v2alpha1",
  "certificates.k8s.io/CertificateSigningRequest": "certificates.k8s.io/v1 certificates.k8s.io/v1beta1",
  "certificates.k8s.io/ClusterTrustBundle":
    "certificates.k8s.io/v1 certificates.k8s.io/v1alpha1 certificates.k8s.io/v1beta1",
  "certificates.k8s.io/PodCertificateRequest": "certificates.k8s.io/v1 certificates.k8s.io/v1beta1",
  "coordination.k8s.io/Lease": "coordination.k8s.io/v1 coordination.k8s.io/v1beta1",
  "coordination.k8s.io/LeaseCandidate":
    "coordination.k8s.io/v1alpha1 coordination.k8s.io/v1alpha2 coordination.k8s.io/v1beta1",
  "core/Event": "core/v1 events.k8s.io/v1 events.k8s.io/v1beta1",
  "discovery.k8s.io/EndpointSlice": "discovery.k8s.io/v1 discovery.k8s.io/v1beta1",
  "events.k8s.io/Event": "core/v1 events.k8s.io/v1 events.k8s.io/v1beta1",
  "extensions/DaemonSet": "apps/v1 apps/v1beta2 extensions/v1beta1",
  "extensions/Deployment": "apps/v1 apps/v1beta1 apps/v1beta2 extensions/v1beta1",
  "extensions/Ingress": "extensions/v1beta1 networking.k8s.io/v1 networking.k8s.io/v1beta1",
  "extensions/NetworkPolicy": "extensions/v1beta1 networking.k8s.io/v1",
  "extensions/PodSecurityPolicy": "extensions/v1beta1 policy/v1beta1",
  "extensions/ReplicaSet": "apps/v1 apps/v1beta2 extensions/v1beta1",
  "flowcontrol.apiserver.k8s.io/FlowSchema":
    "flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1alpha1 flowcontrol.apiserver.k8s.io/v1beta1 flowcontrol.apiserver.k8s.io/v1beta2 flowcontrol.apiserver.k8s.io/v1beta3",
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration":
    "flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1alpha1 flowcontrol.apiserver.k8s.io/v1beta1 flowcontrol.apiserver.k8s.io/v1beta2 flowcontrol.apiserver.k8s.io/v1beta3",
  "networking.k8s.io/IPAddress": "networking.k8s.io/v1 networking.k8s.io/v1alpha1 networking.k8s.io/v1beta1",
  "networking.k8s.io/Ingress": "extensions/v1beta1 networking.k8s.io/v1 networking.k8s.io/v1beta1",
  "networking.k8s.io/IngressClass": "networking.k8s.io/v1 networking.k8s.io/v1beta1",
  "networking.k8s.io/NetworkPolicy": "extensions/v1beta1 networking.k8s.io/v1",
  "networking.k8s.io/ServiceCIDR": "networking.k8s.io/v1 networking.k8s.io/v1alpha1 networking.k8s.io/v1beta1",
  "node.k8s.io/RuntimeClass": "node.k8s.io/v1 node.k8s.io/v1alpha1 node.k8s.io/v1beta1",
  "policy/PodDisruptionBudget": "policy/v1 policy/v1beta1",
  "policy/PodSecurityPolicy": "extensions/v1beta1 policy/v1beta1",
  "rbac.authorization.k8s.io/ClusterRole":
    "rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1alpha1 rbac.authorization.k8s.io/v1beta1",
  "rbac.authorization.k8s.io/ClusterRoleBinding":
    "rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1alpha1 rbac.authorization.k8s.io/v1beta1",
  "rbac.authorization.k8s.io/Role":
    "rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1alpha1 rbac.authorization.k8s.io/v1beta1",
  "rbac.authorization.k8s.io/RoleBinding":
    "rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1alpha1 rbac.authorization.k8s.io/v1beta1",
  "resource.k8s.io/DeviceClass":
    "resource.k8s.io/v1 resource.k8s.io/v1alpha3 resource.k8s.io/v1beta1 resource.k8s.io/v1beta2",
  "resource.k8s.io/DeviceTaintRule": "resource.k8s.io/v1 resource.k8s.io/v1alpha3 resource.k8s.io/v1beta2",
  "resource.k8s.io/PodSchedulingContext": "resource.k8s.io/v1alpha2 resource.k8s.io/v1alpha3",
  "resource.k8s.io/ResourceClaim":
    "resource.k8s.io/v1 resource.k8s.io/v1alpha1 resource.k8s.io/v1alpha2 resource.k8s.io/v1alpha3 resource.k8s.io/v1beta1 resource.k8s.io/v1beta2",
  "resource.k8s.io/ResourceClaimTemplate":
    "resource.k8s.io/v1 resource.k8s.io/v1alpha1 resource.k8s.io/v1alpha2 resource.k8s.io/v1alpha3 resource.k8s.io/v1beta1 resource.k8s.io/v1beta2",
  "resource.k8s.io/ResourceClass": "resource.k8s.io/v1alpha1 resource.k8s.io/v1alpha2",
  "resource.k8s.io/ResourceSlice":
    "resource.k8s.io/v1 resource.k8s.io/v1alpha2 resource.k8s.io/v1alpha3 resource.k8s.io/v1beta1 resource.k8s.io/v1beta2",
  "scheduling.k8s.io/PodGroup": "scheduling.k8s.io/v1alpha2 scheduling.k8s.io/v1alpha3 scheduling.k8s.io/v1beta1",
  "scheduling.k8s.io/PriorityClass": "scheduling.k8s.io/v1 scheduling.k8s.io/v1alpha1 scheduling.k8s.io/v1beta1",
  "scheduling.k8s.io/Workload":
    "scheduling.k8s.io/v1alpha1 scheduling.k8s.io/v1alpha2 scheduling.k8s.io/v1alpha3 scheduling.k8s.io/v1beta1",
  "storage.k8s.io/CSIDriver": "storage.k8s.io/v1 storage.k8s.io/v1beta1",
  "storage.k8s.io/CSINode": "storage.k8s.io/v1 storage.k8s.io/v1beta1",
  "storage.k8s.io/CSIStorageCapacity": "storage.k8s.io/v1 storage.k8s.io/v1alpha1 storage.k8s.io/v1beta1",
  "storage.k8s.io/StorageClass": "storage.k8s.io/v1 storage.k8s.io/v1beta1",
  "storage.k8s.io/VolumeAttachment": "storage.k8s.io/v1 storage.k8s.io/v1alpha1 storage.k8s.io/v1beta1",
  "storage.k8s.io/VolumeAttributesClass": "storage.k8s.io/v1 storage.k8s.io/v1alpha1 storage.k8s.io/v1beta1",
  "storagemigration.k8s.io/StorageVersionMigration":
    "storagemigration.k8s.io/v1 storagemigration.k8s.io/v1alpha1 storagemigration.k8s.io/v1beta1",
};
