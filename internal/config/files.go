package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/fobkit/fob/internal/atomicfile"
	"github.com/fobkit/fob/internal/paths"
	"github.com/fobkit/fob/internal/route"
)

// maxFile is more than anyone writes by hand.
const maxFile = 256 << 10

// readFiles reads the system's files and lays the user's over them.
func readFiles(env environ, system string) (*Config, error) {
	c := &Config{Profiles: make(map[string]*Profile), marks: make(marks)}
	if system == "" {
		system = paths.System(env.get)
	}
	if err := c.readSystem(system); err != nil {
		return nil, err
	}
	locked := c.Locked
	user, err := paths.UserConfig(env.get)
	if c.User = user; user == "" || err != nil {
		return c, err
	}
	layer, err := c.read(user)
	if err == nil && layer.marks["locked"] != (Origin{}) {
		return nil, &Error{layer.marks["locked"], "locked", "only for the system's files"}
	}
	if env.get("FOB_CONFIG") != "" && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("FOB_CONFIG: %w", err) // asked for by name: not passed over
	}
	return c, c.lay(layer, err, locked)
}

func (c *Config) readSystem(dir string) error {
	files := []string{filepath.Join(dir, "config.toml")}
	more := filepath.Join(dir, "config.d")
	if err := c.see(more); err != nil {
		return err
	}
	entries, err := os.ReadDir(more) // sorted
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); filepath.Ext(name) == ".toml" && !strings.HasPrefix(name, ".") { // editors leave .#x.toml
			files = append(files, filepath.Join(more, name))
		}
	}
	for _, file := range files {
		layer, err := c.read(file)
		if err := c.lay(layer, err, false); err != nil {
			return err
		}
	}
	return nil
}

// see remembers what path looks like before it is read: whatever changes later makes the index stale.
func (c *Config) see(path string) error {
	stamp, err := route.Stat(path)
	if err == nil {
		c.seen = append(c.seen, route.Seen{Path: path, Stamp: stamp})
	}
	return err
}

// read reads one file; one that is not there is fs.ErrNotExist.
func (c *Config) read(path string) (*Config, error) {
	if err := c.see(path); err != nil {
		return nil, err
	}
	data, err := atomicfile.ReadTrusted(path, maxFile)
	if err != nil {
		return nil, err
	}
	return decode(path, data)
}

// lay lays what read returned over c, key by key: a key of the layer replaces c's as a whole, tables included, unless c's are locked.
func (c *Config) lay(layer *Config, err error, locked bool) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	layKeys(reflect.ValueOf(c).Elem(), reflect.ValueOf(layer).Elem(), c.marks, layer.marks, locked)
	for name, p := range layer.Profiles {
		if c.Profiles[name] == nil {
			c.Profiles[name] = p
			continue
		}
		under := c.Profiles[name]
		layKeys(reflect.ValueOf(under).Elem(), reflect.ValueOf(p).Elem(), under.marks, p.marks, locked)
	}
	return nil
}

func layKeys(dst, src reflect.Value, dstMarks, srcMarks marks, locked bool) {
	for _, key := range keysOf(dst.Type()) {
		_, written := srcMarks[key]
		_, kept := dstMarks[key]
		if key == "profile" || !written || kept && locked {
			continue
		}
		to, _ := fieldOf(dst, key)
		from, _ := fieldOf(src, key)
		to.Set(from)
		dstMarks.replace(key, srcMarks)
	}
}
