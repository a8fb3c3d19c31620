//go:build unix

package paths

import (
	"errors"
	"testing"
)

// env is an environment as a map.
type env map[string]string

func (e env) get(name string) string { return e[name] }

func TestPlaces(t *testing.T) {
	type places struct{ config, state, data string }
	for _, tc := range []struct {
		name string
		env  env
		want places
	}{
		{"home alone", env{"HOME": "/home/u"},
			places{"/home/u/.config/fob/config.toml", "/home/u/.local/state/fob", "/home/u/.local/share/fob"}},
		{"XDG directories win over home", env{"HOME": "/home/u", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s", "XDG_DATA_HOME": "/d"},
			places{"/c/fob/config.toml", "/s/fob", "/d/fob"}},
		{"relative XDG directories count as unset", env{"HOME": "/home/u", "XDG_CONFIG_HOME": "c", "XDG_STATE_HOME": "./s", "XDG_DATA_HOME": "d"},
			places{"/home/u/.config/fob/config.toml", "/home/u/.local/state/fob", "/home/u/.local/share/fob"}},
		{"our own variables win and name the place itself", env{"HOME": "/home/u", "XDG_STATE_HOME": "/s", "FOB_CONFIG": "/x//fob.toml", "FOB_STATE": "/y/"},
			places{"/x/fob.toml", "/y", "/home/u/.local/share/fob"}},
		{"no home is no error", env{}, places{}},
		{"a relative home is no home", env{"HOME": "."}, places{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			config, err := UserConfig(tc.env.get)
			if err != nil {
				t.Fatal(err)
			}
			state, err := State(tc.env.get)
			if err != nil {
				t.Fatal(err)
			}
			if got := (places{config, state, Data(tc.env.get)}); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestRelativeVariablesOfOursAreRefused(t *testing.T) {
	e := env{"HOME": "/home/u", "FOB_CONFIG": "fob.toml", "FOB_STATE": "./state"}
	_, config := UserConfig(e.get)
	_, state := State(e.get)
	for variable, err := range map[string]error{"FOB_CONFIG": config, "FOB_STATE": state} {
		var rel *RelativeError
		if !errors.As(err, &rel) || rel.Variable != variable {
			t.Errorf("%s: got %v, want a RelativeError that names it", variable, err)
		}
	}
}
