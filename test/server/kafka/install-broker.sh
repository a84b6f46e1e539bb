#!/usr/bin/env bash
# Installs Apache Kafka, which broker.test.ts asks, into a folder: install-broker.sh FOLDER. Where Maven cannot have it nothing is there
# afterwards, and the test says NOT TESTED.
set -uo pipefail
mkdir -p "$1"
to=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/pom.xml" << 'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>betrace</groupId><artifactId>broker</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.3.1</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
POM
mvn -q -f "$work/pom.xml" dependency:copy-dependencies -DoutputDirectory="$to/kafka.new" > "$to/kafka.log" 2>&1 &&
  mv "$to/kafka.new" "$to/kafka" || echo "kafka cannot be installed here"
