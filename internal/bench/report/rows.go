package main

// row is a line of a table: what was measured under that name, and what its median is compared with.
type row struct {
	name, label string
	ratio       [2]string // the names whose quotient is shown; empty: none
	wanted      string    // of the quotient
}

var processes = []row{
	{name: "hello", label: `a Go program that writes "hello"`},
	{name: "kubernetes", label: "`fob-helper kubernetes`", ratio: [2]string{"kubernetes", "hello"}, wanted: "≤ 1.30"},
	{name: "kubelogin", label: "`kubelogin get-token`, cached", ratio: [2]string{"kubelogin", "kubernetes"}, wanted: "≥ 2.5"},
	{name: "git-store", label: "`git credential fill`, helper = store"},
	{name: "git-fob", label: "`git credential fill`, helper = /path/git-credential-fob", ratio: [2]string{"git-fob", "git-store"}, wanted: "≤ 1.05"},
	{name: "git-name", label: "`git credential fill`, helper = fob", ratio: [2]string{"git-name", "git-store"}},
	{name: "docker", label: "`docker-credential-fob get`"},
	{name: "docker-miss", label: "the same, of a host that no profile has", ratio: [2]string{"docker-miss", "docker"}, wanted: "≤ 1.5"},
	{name: "docker-list", label: "`docker-credential-fob list`", ratio: [2]string{"docker-list", "docker"}, wanted: "≤ 1.5"},
	{name: "secretservice", label: "`docker-credential-secretservice get`", ratio: [2]string{"secretservice", "docker"}, wanted: "≥ 8"},
}

var reads = []row{
	{name: "cell", label: "atomic.Pointer and time.Now, 1 core"},
	{name: "cell-2", label: "the same, 2 cores", ratio: [2]string{"cell", "cell-2"}},
	{name: "fob", label: "`fob.CachedSource.Token`, 1 core", ratio: [2]string{"fob", "cell"}, wanted: "≤ 1.25"},
	{name: "fob-2", label: "the same, 2 cores: beside the atomic.Pointer", ratio: [2]string{"fob-2", "cell-2"}, wanted: "≤ 1.25"},
	{name: "fob-2", label: "and beside 1 core", ratio: [2]string{"fob", "fob-2"}, wanted: "≥ 1.8"},
	{name: "oauth2", label: "`oauth2.ReuseTokenSource`, 1 core"},
	{name: "oauth2-2", label: "the same, 2 cores: fob's time beside it", ratio: [2]string{"fob-2", "oauth2-2"}, wanted: "≤ 0.30"},
}
