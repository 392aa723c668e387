// Checks an unpacked evidence pack with Go's own sumdb packages: the checkpoint and the manifest as signed notes,
// and every fact's inclusion proof. It prints one line for each thing that holds and ends with 1 at the first that
// does not. It shares no code with Tracer, and reads fields by the rules in the pack's own script.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type digests struct {
	Digests []string `json:"digests"`
}

type fact struct {
	Disclosures []string `json:"disclosures"`
	Closed      digests  `json:"closed"`
	Erased      digests  `json:"erased"`
}

func must(err error, what string) {
	if err != nil {
		fmt.Println("DOES NOT HOLD", what, err)
		os.Exit(1)
	}
}

func read(folder, name string) []byte {
	content, err := os.ReadFile(filepath.Join(folder, name))
	must(err, name)
	return content
}

func hash(encoded string) (found tlog.Hash) {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	must(err, "base64")
	copy(found[:], raw)
	return found
}

func record(content []byte) []byte {
	var one fact
	must(json.Unmarshal(content, &one), "fact")
	var found [][]byte
	for _, text := range one.Disclosures {
		sum := sha256.Sum256([]byte("tracer field v1\n" + text))
		found = append(found, sum[:])
	}
	for _, text := range append(one.Closed.Digests, one.Erased.Digests...) {
		raw, err := hex.DecodeString(text)
		must(err, "digest")
		found = append(found, raw)
	}
	sort.Slice(found, func(i, j int) bool { return bytes.Compare(found[i], found[j]) < 0 })
	return append([]byte("tracer record v1\n"), bytes.Join(found, nil)...)
}

func main() {
	folder := os.Args[1]
	verifier, err := note.NewVerifier(strings.Split(string(read(folder, "log-key.txt")), "\n")[1])
	must(err, "log-key.txt")
	known := note.VerifierList(verifier)
	_, err = note.Open(read(folder, "MANIFEST"), known)
	must(err, "MANIFEST")
	fmt.Println("MANIFEST", verifier.Name())
	checkpoint, err := note.Open(read(folder, "checkpoint"), known)
	must(err, "checkpoint")
	lines := strings.Split(checkpoint.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "checkpoint")
	root := hash(lines[2])
	fmt.Println("checkpoint", size, hex.EncodeToString(root[:]))
	facts, err := filepath.Glob(filepath.Join(folder, "facts", "*.json"))
	must(err, "facts")
	sort.Strings(facts)
	for _, path := range facts {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		proof := strings.Split(strings.SplitN(string(read(folder, "facts/"+name+".tlog-proof")), "\n\n", 2)[0], "\n")
		index, err := strconv.ParseInt(strings.TrimPrefix(proof[1], "index "), 10, 64)
		must(err, name)
		var hashes tlog.RecordProof
		for _, line := range proof[2:] {
			hashes = append(hashes, hash(line))
		}
		leaf := tlog.RecordHash(record(read(folder, "facts/"+name+".json")))
		must(tlog.CheckRecord(hashes, size, root, index, leaf), name)
		fmt.Println("fact", name, index, hex.EncodeToString(leaf[:]))
	}
}
