// Prints what CloudNativePG's own code makes of Clusters: those on the standard input, a line each.
//
//	go run . < clusters.jsonll > facts.json
package main

import (
	"encoding/json"
	"os"

	corev1 "k8s.io/api/core/v1"

	apiv1 "github.com/cloudnative-pg/cloudnative-pg/api/v1"
	"github.com/cloudnative-pg/cloudnative-pg/pkg/specs"
	"github.com/cloudnative-pg/cloudnative-pg/pkg/versions"
)

type facts struct {
	Name     string                          `json:"name"`
	Services map[string][]corev1.ServicePort `json:"services"`
	// Secrets that the operator makes.
	Makes []string `json:"makes"`
	// Secrets that it reads, or makes where nobody else does.
	Application string `json:"application"`
	Superuser   string `json:"superuser"`
	Authority   string `json:"authority"`
	Certificate string `json:"certificate"`
	// What is made at first.
	Database string `json:"database"`
	Owner    string `json:"owner"`
}

func main() {
	found := []facts{}
	for in := json.NewDecoder(os.Stdin); in.More(); {
		var cluster apiv1.Cluster
		if err := in.Decode(&cluster); err != nil {
			panic(err)
		}
		found = append(found, factsOf(cluster))
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(map[string]any{"version": versions.Version, "clusters": found, "metrics": metricNames()}); err != nil {
		panic(err)
	}
}

func factsOf(cluster apiv1.Cluster) facts {
	// as the operator's webhook does
	cluster.SetDefaults()
	found := facts{
		Name:        cluster.Name,
		Services:    map[string][]corev1.ServicePort{},
		Makes:       []string{},
		Application: cluster.GetApplicationSecretName(),
		Superuser:   cluster.GetSuperuserSecretName(),
		Authority:   cluster.GetServerCASecretName(),
		Certificate: cluster.GetServerTLSSecretName(),
		Database:    cluster.GetApplicationDatabaseName(),
		Owner:       cluster.GetApplicationDatabaseOwner(),
	}
	for _, service := range []*corev1.Service{
		specs.CreateClusterReadWriteService(cluster),
		specs.CreateClusterReadOnlyService(cluster),
		specs.CreateClusterReadService(cluster),
	} {
		found.Services[service.Name] = service.Spec.Ports
	}
	if cluster.ShouldCreateApplicationSecret() {
		found.Makes = append(found.Makes, cluster.GetApplicationSecretName())
	}
	if cluster.GetEnableSuperuserAccess() && cluster.Spec.SuperuserSecret == nil {
		found.Makes = append(found.Makes, cluster.GetSuperuserSecretName())
	}
	return found
}
