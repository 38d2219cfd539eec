package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/cloudnative-pg/cloudnative-pg/pkg/management/postgres"
	"github.com/cloudnative-pg/cloudnative-pg/pkg/management/postgres/metrics"
	"github.com/cloudnative-pg/cloudnative-pg/pkg/management/postgres/webserver/metricserver"
)

const module = "github.com/cloudnative-pg/cloudnative-pg"

// Names of the metrics that each server has: those of its own collector, and of the queries that the operator brings.
func metricNames() []string {
	names := append(collected(), queried()...)
	slices.Sort(names)
	return slices.Compact(names)
}

func collected() []string {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		metricserver.NewExporter(postgres.NewInstance(), nil).Describe(descriptions)
		close(descriptions)
	}()
	names := []string{}
	named := regexp.MustCompile(`fqName: "([^"]+)"`)
	for description := range descriptions {
		names = append(names, named.FindStringSubmatch(description.String())[1])
	}
	return names
}

func queried() []string {
	folder := must(exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output())
	text := must(os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), "config/manager/default-monitoring.yaml")))
	var object corev1.ConfigMap
	if err := yaml.Unmarshal(text, &object); err != nil {
		panic(err)
	}
	names := []string{}
	for name, query := range must(metrics.ParseQueries([]byte(object.Data["queries"]))) {
		if query.Name != "" {
			name = query.Name
		}
		for _, mapping := range query.Metrics {
			for column, metric := range mapping {
				if metric.Usage == metrics.GAUGE || metric.Usage == metrics.COUNTER {
					names = append(names, metricserver.PrometheusNamespace+"_"+name+"_"+column)
				}
			}
		}
	}
	return names
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
