package config

import (
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/fobkit/fob/internal/route"
)

// EnvProfile is the name of the profile that FOB_ variables make; no file can hold one of that name.
const EnvProfile = "env"

// environ is the environment of the process. Empty variables count as unset.
type environ map[string]string

func newEnviron(list []string) environ {
	e := make(environ)
	for _, kv := range list {
		if name, value, ok := strings.Cut(kv, "="); ok && value != "" {
			e[fold(name)] = value
		}
	}
	return e
}

func (e environ) get(name string) string { return e[fold(name)] }

// fold makes names that mean the same variable equal.
func fold(name string) string {
	if runtime.GOOS == "windows" {
		return strings.ToUpper(name)
	}
	return name
}

// addEnvironment reads FOB_PROFILE, and a whole profile from the other variables.
func (c *Config) addEnvironment(env environ) error {
	c.Chosen = env.get("FOB_PROFILE")
	if p := c.Profiles[EnvProfile]; p != nil {
		return p.error("", "that name is kept for the profile that FOB_ variables make")
	}
	p := &Profile{Name: EnvProfile, marks: marks{"": {}}}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if !strings.HasPrefix(name, "FOB_") || slices.Contains(settings, name) {
			continue
		}
		if reason := p.setVariable(name, env[name]); reason != "" {
			return &Error{Origin: Origin{Env: name}, Reason: reason}
		}
		c.Profiles[EnvProfile] = p
	}
	return nil
}

// settings are the variables that are no key of a profile.
var settings = []string{"FOB_BROWSER", "FOB_CONFIG", "FOB_LOG", "FOB_PROFILE", "FOB_STATE"}

func (p *Profile) setVariable(name, value string) (reason string) {
	v := reflect.ValueOf(p).Elem()
	for _, key := range keysOf(v.Type()) {
		field, _ := fieldOf(v, key)
		if variable(key) == name && fitsVariable(field) {
			p.marks[key] = Origin{Env: name}
			return assignText(field.Addr().Interface(), name, value)
		}
	}
	return "unknown variable" + didYouMean(similarVariable(name))
}

// variable is the FOB_ variable of a profile's key.
func variable(key string) string { return "FOB_" + strings.ToUpper(key) }

// fitsVariable reports whether a field can be written as one string: tables cannot.
func fitsVariable(v reflect.Value) bool {
	return v.Kind() != reflect.Map && v.Type() != reflect.TypeFor[Assertion]()
}

// variables are all FOB_ variables, sorted.
func variables() []string {
	names := slices.Clone(settings)
	v := reflect.ValueOf(Profile{})
	for _, key := range keysOf(v.Type()) {
		if field, _ := fieldOf(v, key); fitsVariable(field) {
			names = append(names, variable(key))
		}
	}
	slices.Sort(names)
	return names
}

// similarVariable is similar for what follows the FOB_ that all of them begin with.
func similarVariable(name string) string {
	var words []string
	for _, v := range variables() {
		words = append(words, strings.TrimPrefix(v, "FOB_"))
	}
	if word := similar(strings.TrimPrefix(name, "FOB_"), words); word != "" {
		return "FOB_" + word
	}
	return ""
}

// assignText is assign for a variable: lists are separated by spaces or commas, and a secret stays where it is until it is needed.
func assignText(dst any, name, value string) (reason string) {
	switch dst := dst.(type) {
	case *SecretRef:
		dst.Env = name
		return ""
	case *bool:
		flag, err := strconv.ParseBool(value)
		*dst = flag
		return wants(err == nil, "true or false", "")
	case *List, *[]route.Pattern:
		return assignList(dst, split(value))
	}
	return assign(dst, value)
}

func split(value string) []element {
	list := []element{}
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' }) {
		list = append(list, element{word, true})
	}
	return list
}
