using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>
/// Estimates what calls will use: by the estimator of the options, by the built-in one where that fails, and by what was learned of each model. Thread-safe; one for each
/// gate.
/// </summary>
internal sealed class CallEstimates
{
    private static readonly ConditionalWeakTable<IBudgetGate, CallEstimates> Known = [];

    private readonly IBudgetGate _gate;
    private readonly LearnedRatios _ratios = new();
    private ITokenEstimator? _failed; // The last one that was reported.

    private CallEstimates(IBudgetGate gate) => _gate = gate;

    public BudgetOptions Options => _gate.Options;

    public static CallEstimates Of(IBudgetGate gate) => Known.GetValue(gate, static gate => new CallEstimates(gate));

    /// <summary>What a prompt takes, before what was learned.</summary>
    public long OfPrompt(IReadOnlyList<ChatMessage> messages, ChatOptions? options, string? model)
    {
        var custom = Options.TokenEstimator;
        try
        {
            if (custom is not null)
            {
                return Checked(custom.EstimateInputTokens(messages, options, model));
            }
        }
        catch (Exception cause) // The user's own code.
        {
            Report(custom!, cause);
        }

        try
        {
            return PromptTokens.Of(messages, options, model);
        }
        catch (Exception cause) // Messages of somebody's own making.
        {
            SelfDiagnostics.Log.Failed(cause, "A prompt is held as nothing.");
            return 0;
        }
    }

    /// <summary>Whether there is anything to hear in a prompt.</summary>
    public static bool HasAudio(IReadOnlyList<ChatMessage> messages)
    {
        try
        {
            return PromptTokens.HasAudio(messages);
        }
        catch (Exception cause) // As above.
        {
            SelfDiagnostics.Log.Failed(cause, "A prompt is taken to have no audio.");
            return false;
        }
    }

    /// <summary>Whether what a provider counts of a prompt teaches how to estimate others.</summary>
    public static bool Teaches(IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        try
        {
            return PromptTokens.IsText(messages, options);
        }
        catch (Exception cause) // As above.
        {
            SelfDiagnostics.Log.Failed(cause, "From a prompt nothing is learned.");
            return false;
        }
    }

    /// <summary>What a text takes.</summary>
    public long OfText(string text, string? model)
    {
        var custom = Options.TokenEstimator;
        try
        {
            if (custom is not null)
            {
                return Checked(custom.EstimateTokens(text, model));
            }
        }
        catch (Exception cause) // The user's own code.
        {
            Report(custom!, cause);
        }

        return TextTokens.Of(text, model);
    }

    /// <summary>An estimate of a prompt, corrected by what was learned.</summary>
    public long Correct(string? model, long promptTokens) => _ratios.Apply(model, promptTokens);

    /// <inheritdoc cref="LearnedRatios.Learn"/>
    public void Learn(string? model, long promptTokens, long actual) => _ratios.Learn(model, promptTokens, actual);

    private static long Checked(long tokens) => tokens >= 0 ? tokens : throw new InvalidOperationException($"A token estimator said {tokens}; there are no negative tokens.");

    // Each once: it may be asked for every call, and every piece of an answer.
    private void Report(ITokenEstimator custom, Exception cause)
    {
        if (!ReferenceEquals(Interlocked.Exchange(ref _failed, custom), custom))
        {
            SelfDiagnostics.Log.Failed(cause, "The built-in token estimator stands in.");
        }
    }
}
