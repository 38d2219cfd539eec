// Prints the command lines that CloudNativePG's barman-cloud plugin makes of ObjectStores: those on the standard input, a
// line each.
//
//	go run . < stores.jsonl > facts.json
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/cloudnative-pg/barman-cloud/pkg/api"
	"github.com/cloudnative-pg/barman-cloud/pkg/archiver"
	"github.com/cloudnative-pg/barman-cloud/pkg/backup"
	"github.com/cloudnative-pg/barman-cloud/pkg/command"
	"github.com/cloudnative-pg/barman-cloud/pkg/utils"
)

// Of the store that the plugin has by its own name.
type objectStore struct {
	Spec struct {
		Configuration api.BarmanObjectStoreConfiguration `json:"configuration"`
	} `json:"spec"`
}

// What stands in the place of what is known only when a command is run.
const (
	server = "SERVER"
	name   = "BACKUP"
)

func main() {
	found := []map[string][]string{}
	for in := json.NewDecoder(os.Stdin); in.More(); {
		var store objectStore
		if err := in.Decode(&store); err != nil {
			panic(err)
		}
		found = append(found, commandsOf(&store.Spec.Configuration))
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(found); err != nil {
		panic(err)
	}
}

func commandsOf(configuration *api.BarmanObjectStoreConfiguration) map[string][]string {
	ctx := context.Background()
	wal := &archiver.WALArchiver{}
	check := must(wal.BarmanCloudCheckWalArchiveOptions(ctx, configuration, server))
	archive := must(wal.BarmanCloudWalArchiveOptions(ctx, configuration, server))
	take := must(backup.NewBackupCommand(configuration).GetBarmanCloudBackupOptions(ctx, name, server))
	fetch := must(command.CloudWalRestoreOptions(ctx, configuration, server))
	return map[string][]string{
		"check":   append([]string{utils.BarmanCloudCheckWalArchive}, check...),
		"archive": append([]string{utils.BarmanCloudWalArchive}, archive...),
		"backup":  append([]string{utils.BarmanCloudBackup}, take...),
		"fetch":   append([]string{utils.BarmanCloudWalRestore}, fetch...),
	}
}

func must(options []string, err error) []string {
	if err != nil {
		panic(err)
	}
	return options
}
