namespace LlmTelemetry.Budgets;

/// <summary>What a call may use at most, or used, in each unit.</summary>
/// <param name="InputTokens">Input tokens of all kinds.</param>
/// <param name="OutputTokens">Output tokens of all kinds.</param>
/// <param name="CostPico">In pico-USD; null: the price is not known, which is not 0.</param>
/// <param name="Requests">Calls that reach a provider.</param>
/// <param name="ToolCalls">Tools asked for. Of an estimate: 1 where the call has tools, which must find room, else 0.</param>
/// <param name="AudioSeconds">Seconds of audio. Of an estimate of unknown length: 1, which must find room.</param>
/// <param name="IsEstimated">Of what was used: whether a part of it was not reported, and is guessed from what was sent and seen.</param>
internal readonly record struct CallAmounts(
    long InputTokens, long OutputTokens, Int128? CostPico, long Requests = 1, long ToolCalls = 0, long AudioSeconds = 0, bool IsEstimated = false);

/// <summary>Asks for room for a call.</summary>
/// <param name="Subject">Whose; its tier is not resolved yet.</param>
/// <param name="Estimate">The most it may use.</param>
/// <param name="Tried">How it was changed to need less, as a refusal says it; null: it is as it was asked for.</param>
internal sealed record CallAsk(CallSubject Subject, CallAmounts Estimate, string? Tried = null);
