// otplib, asked by tests/interop: one question a line on standard input, as JSON, and one answer
// a line, in the same order.
//
// The argument is the folder whose node_modules has otplib.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const { createGuardrails, generateSync, generateURI, verifySync } = require("otplib");
const { parse } = require("@otplib/uri");

// Keys of up to 128 bytes are ours; otplib takes 64 unless it is told otherwise.
const guardrails = createGuardrails({ MAX_SECRET_BYTES: 128 });

const parameters = ({ algorithm, digits, period, counter }) => ({
  algorithm: algorithm?.toLowerCase(),
  digits,
  ...(period === undefined ? { strategy: "hotp", counter } : { strategy: "totp", period }),
});

/** The codes of three time steps in a row, and whether a typed code is right at a time. */
const codes = (ask) => {
  const authenticator = { secret: ask.key, guardrails, ...parameters(ask) };
  return {
    codes: [0, 1, 2].map((step) => generateSync({ ...authenticator, epoch: ask.first + step * ask.period })),
    right: verifySync({ ...authenticator, token: ask.typed, epoch: ask.time }).valid,
  };
};

const write = (ask) => ({
  uri: generateURI({ issuer: ask.issuer, label: ask.account, secret: ask.key, ...parameters(ask) }),
});

const read = (ask) => {
  const { type, label, params } = parse(ask.uri);
  const prefix = `${params.issuer}:`;
  // otplib leaves the label whole.
  const account = label.startsWith(prefix) ? label.slice(prefix.length) : null;
  const told = {
    issuer: params.issuer,
    account,
    key: params.secret,
    algorithm: (params.algorithm ?? "sha1").toUpperCase(),
    digits: params.digits ?? 6,
    ...(type === "totp" ? { period: params.period ?? 30 } : { counter: params.counter }),
  };
  const code = generateSync({ secret: told.key, guardrails, ...parameters(told), epoch: ask.time });
  return { ...told, code };
};

const answer = (ask) => {
  try {
    return { codes, write, read }[ask.ask](ask);
  } catch (error) {
    return { error: error.message };
  }
};

// All of it is read before anything is written, so that neither side waits for the other.
const questions = readFileSync(0, "utf8").split("\n").filter(Boolean);
process.stdout.write(questions.map((line) => `${JSON.stringify(answer(JSON.parse(line)))}\n`).join(""));
