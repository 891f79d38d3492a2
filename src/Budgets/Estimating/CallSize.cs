using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>The most that a call may use, before prices.</summary>
/// <param name="Usage">By bucket; what is not known of the input is all in <see cref="UsageBucket.Input"/>.</param>
/// <param name="PromptTokens">Input tokens as the estimator has them, before what was learned; 0: nothing is to be learned from it.</param>
/// <param name="ToolCalls">1 where the call has tools.</param>
/// <param name="AudioSeconds">1 where it hears or speaks.</param>
/// <param name="MayCache">Whether the provider may write the prompt to its cache, and charge for that.</param>
internal sealed record CallSize(CallUsage Usage, long PromptTokens = 0, long ToolCalls = 0, long AudioSeconds = 0, bool MayCache = false)
{
    /// <summary>The same call with another most of output tokens; one that has none stays as it is.</summary>
    public CallSize WithOutput(long tokens)
    {
        if (!Usage.IsReported(UsageBucket.Output))
        {
            return this;
        }

        var usage = Usage;
        usage[UsageBucket.Output] = tokens;
        return this with { Usage = usage };
    }

    public CallAmounts At(Int128? costPico) => new(Usage.InputTokens, Usage.OutputTokens, costPico, Requests: 1, ToolCalls, AudioSeconds);
}
