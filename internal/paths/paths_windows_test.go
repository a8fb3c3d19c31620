package paths

import "testing"

func TestPlacesOfAUserProfile(t *testing.T) {
	env := func(name string) string {
		return map[string]string{"USERPROFILE": `C:\Users\u`, "LOCALAPPDATA": `D:\Local`}[name]
	}
	config, err := UserConfig(env)
	if want := `C:\Users\u\AppData\Roaming\fob\config.toml`; config != want || err != nil {
		t.Errorf("got %q, %v, want %q", config, err, want)
	}
	state, err := State(env)
	if want := `D:\Local\fob`; state != want || err != nil {
		t.Errorf("got %q, %v, want %q", state, err, want)
	}
	if got, want := Data(env), `D:\Local\fob-data`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
