using System.Text.Json.Serialization;

namespace LlmTelemetry.Budgets;

/// <summary>What a limit counts.</summary>
[JsonConverter(typeof(BudgetUnitConverter))]
public enum BudgetUnit
{
    /// <summary>Input and output tokens of all kinds.</summary>
    Tokens,

    /// <summary>Input tokens of all kinds, cached ones included.</summary>
    InputTokens,

    /// <summary>Output tokens of all kinds, reasoning included.</summary>
    OutputTokens,

    /// <summary>What calls cost, in US dollars.</summary>
    Usd,

    /// <summary>Calls that reach a provider.</summary>
    Requests,

    /// <summary>Tools that answers asked for.</summary>
    ToolCalls,

    /// <summary>Seconds of audio, heard and spoken.</summary>
    AudioSeconds,

    /// <summary>How long a session lasts, in seconds since its first call. Only with <see cref="BudgetWindow.Session"/>.</summary>
    SessionSeconds,
}
