using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>What the caller was given of an answer: the tools that it asks for, and how many tokens it is at least where nobody reports them. No text is kept. Not thread-safe.</summary>
/// <param name="estimates">Counts text.</param>
/// <param name="model">The model asked for.</param>
internal sealed class AnswerSeen(CallEstimates estimates, string? model)
{
    private HashSet<string>? _tools;
    private long _toolsWithoutId;

    /// <summary>Tokens of the text so far, piece by piece.</summary>
    public long Tokens { get; private set; }

    /// <summary>Input tokens that the answer itself reports; null: none.</summary>
    public long? ReportedInput { get; private set; }

    /// <summary>Output tokens that the answer itself reports; null: none.</summary>
    public long? ReportedOutput { get; private set; }

    public long ToolCalls => _toolsWithoutId + (_tools?.Count ?? 0);

    /// <summary>Whether the answer is not here yet, and will be fetched later.</summary>
    public bool IsInBackground { get; set; }

    public void Add(IList<AIContent> contents)
    {
        for (var i = 0; i < contents.Count; i++)
        {
            switch (contents[i])
            {
                case TextContent { Text: { Length: > 0 } text }:
                    Add(text);
                    break;
                case TextReasoningContent { Text: { Length: > 0 } text }:
                    Add(text);
                    break;
                case FunctionCallContent call:
                    if (string.IsNullOrEmpty(call.CallId))
                    {
                        _toolsWithoutId++;
                    }
                    else
                    {
                        (_tools ??= []).Add(call.CallId);
                    }

                    Tokens = CallSum.Plus(Tokens, PromptTokens.Of(call, model));
                    break;
                case UsageContent { Details: { } usage }:
                    // The last one is the whole of a call; several are those of several calls. More cannot be told, and it matters only for streams that nobody ends.
                    ReportedInput = Math.Max(ReportedInput ?? 0, usage.InputTokenCount ?? 0);
                    ReportedOutput = Math.Max(ReportedOutput ?? 0, usage.OutputTokenCount ?? 0);
                    break;
            }
        }
    }

    public void Add(string text) => Tokens = CallSum.Plus(Tokens, estimates.OfText(text, model));
}
