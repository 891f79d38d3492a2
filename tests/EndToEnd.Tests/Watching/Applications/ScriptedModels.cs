using System.Net;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Applications;

/// <summary>Models that answer, stream and fail as real ones do, without a tracker.</summary>
internal static class ScriptedModels
{
    public const string Anthropic = "anthropic";
    public const string Sonnet = "claude-sonnet-4-5-20250929";

    /// <summary>A price nobody knows.</summary>
    public const string Unpriced = "model-of-nobody";

    /// <summary>Model that is asked for, and the one that answers: each provider names the second with a date.</summary>
    public static readonly (string Provider, string Asked, string Answers)[] All =
    [
        (Anthropic, "claude-sonnet-4-5", Sonnet), (Anthropic, "claude-haiku-4-5", "claude-haiku-4-5-20251001"), ("openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18"),
        ("openai", "gpt-4.1", "gpt-4.1-2025-04-14"), ("gcp.gemini", "gemini-2.5-flash", "gemini-2.5-flash"),
    ];

    public static readonly UsageDetails Usage = new() { InputTokenCount = 1_234, CachedInputTokenCount = 1_000, OutputTokenCount = 321, ReasoningTokenCount = 21 };

    /// <summary>Total and parts disagree.</summary>
    public static readonly UsageDetails Contradictory = new() { InputTokenCount = 10, CachedInputTokenCount = 50, OutputTokenCount = 3, TotalTokenCount = 500 };

    public static ScriptedChatClient Answering(string provider, string model, UsageDetails? usage) => new()
    {
        Metadata = new ChatClientMetadata(provider),
        OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(usage, model)),
        OnStream = (_, _) => ScriptedChatClient.Stream([ScriptedChatClient.Text("Hi", model), ScriptedChatClient.Text(" there", model), .. usage is null ? Array.Empty<ChatResponseUpdate>() : [ScriptedChatClient.Usage(usage)]]),
    };

    public static ScriptedChatClient Failing(string provider, Exception failure) => new() { Metadata = new ChatClientMetadata(provider), OnResponse = (_, _) => throw failure };

    public static HttpRequestException Status(int code) => new("no", null, (HttpStatusCode)code);
}
