// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { METRICS, PROCESS_METRICS } from "../../src/node/metrics/catalogue.ts";
import { hasProgram, OPS, readOps, readYaml, runProgram } from "./tools.ts";

interface Rule {
  alert: string;
  expr: string;
  annotations: { summary: string; runbook: string };
}
const { groups } = readYaml("prometheus/alerts.yml") as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const runbook = readFileSync(new URL("../../docs/operators.md", import.meta.url), "utf8");

/** Everything that a node tells, as Prometheus names it. */
const KNOWN: ReadonlySet<string> = new Set([
  "up",
  ...PROCESS_METRICS,
  ...Object.values(METRICS).flatMap(({ name, type }) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
]);
const namesIn = (expression: string): string[] =>
  expression.match(/\b(?:up|(?:assay|process|nodejs)_[a-z0-9_]+)\b(?=[{[ )<>=]|$)/g) ?? [];

describe("alert rules", () => {
  it("default", () => {
    expect(rules.length, "alerts").to.be.greaterThan(10);
    for (const { alert, expr, annotations } of rules) {
      const names = namesIn(expr);
      expect(names, `${alert}: names metrics`).to.not.be.empty;
      for (const name of names) expect([...KNOWN], `${alert}: ${name}`).to.include(name);
      const anchor = alert.toLowerCase();
      expect(annotations.runbook, alert).to.equal(`docs/operators.md#${anchor}`);
      expect(runbook, `${alert}: what to do`).to.match(new RegExp(`^#+ ${alert}$`, "m"));
    }
  });

  it("behavior: every alert has a unit test", () => {
    const tests = readYaml("prometheus/alerts.test.yml") as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    const cases = tests.tests.flatMap(({ alert_rule_test }) => alert_rule_test);
    for (const { alert } of rules) {
      const own = cases.filter(({ alertname }) => alertname === alert);
      expect(
        own.some(({ exp_alerts }) => exp_alerts.length > 0),
        `${alert} fires`,
      ).to.equal(true);
      expect(
        own.some(({ exp_alerts }) => exp_alerts.length === 0),
        `${alert} keeps quiet`,
      ).to.equal(true);
    }
  });

  it("behavior: promtool accepts them, and its unit tests pass", function () {
    this.timeout(60_000);
    if (!hasProgram("promtool", "prometheus")) return;
    const folder = `${OPS}prometheus`;
    const checks = [
      ["check", "rules", "alerts.yml"],
      ["check", "config", "prometheus.yml"],
      ["test", "rules", "alerts.test.yml"],
    ];
    for (const args of checks) {
      const { status, output } = runProgram("promtool", args, folder);
      expect(status, `promtool ${args.join(" ")}: ${output}`).to.equal(0);
    }
  });
});

describe("dashboard", () => {
  interface Panel {
    id: number;
    title: string;
    type: string;
    gridPos: { x: number; y: number; w: number; h: number };
    targets?: { expr: string }[];
  }
  const { panels } = JSON.parse(readOps("grafana/assay.json")) as { panels: Panel[] };
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it("default", () => {
    const names = expressions.flatMap(namesIn);
    for (const name of names) expect([...KNOWN], name).to.include(name);
    const shown = new Set(names.map((name) => name.replace(/_(bucket|count|sum)$/, "")));
    const unseen = Object.values(METRICS).filter(({ name }) => !shown.has(name));
    expect(
      unseen.map(({ name }) => name),
      "every metric is shown",
    ).to.deep.equal([]);
  });

  it("behavior: panels have ids of their own and do not overlap", () => {
    expect(new Set(panels.map(({ id }) => id)).size, "ids").to.equal(panels.length);
    for (const { title, type, targets, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, `${title}: width`).to.be.at.most(24);
      if (type !== "row") expect(targets, `${title}: asks`).to.not.be.empty;
    }
    for (const [index, a] of panels.entries()) {
      for (const b of panels.slice(index + 1)) {
        const apart =
          a.gridPos.x + a.gridPos.w <= b.gridPos.x ||
          b.gridPos.x + b.gridPos.w <= a.gridPos.x ||
          a.gridPos.y + a.gridPos.h <= b.gridPos.y ||
          b.gridPos.y + b.gridPos.h <= a.gridPos.y;
        expect(apart, `${a.title} and ${b.title}`).to.equal(true);
      }
    }
  });

  it("behavior: Prometheus can read every question", function () {
    this.timeout(60_000);
    if (!hasProgram("promtool", "prometheus")) return;
    const questions = expressions.map((expr, index) => ({
      record: `question:${index}`,
      expr: expr.replaceAll("$instance", ".*"),
    }));
    const folder = mkdtempSync(join(tmpdir(), "assay-dashboard-"));
    try {
      // JSON is YAML.
      const file = join(folder, "questions.yml");
      writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules: questions }] }));
      const { status, output } = runProgram("promtool", ["check", "rules", file], folder);
      expect(status, output).to.equal(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
