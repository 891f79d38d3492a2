namespace LlmTelemetry.Budgets;

/// <summary>What one decision needs cannot be read, and nothing of it was done: somebody else's key stands there. The store itself answers, and others' decisions are none the worse.</summary>
internal sealed class LedgerKeyException(string message) : IOException(message);
