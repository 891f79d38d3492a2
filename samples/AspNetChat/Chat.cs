using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using LlmTelemetry.Instrumentation;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.AspNetChat;

/// <summary>Two features: a chat that is streamed, and a summary that comes at once.</summary>
internal static class Chat
{
    private const int MostCharacters = 20_000;

    public static void Map(IEndpointRouteBuilder app)
    {
        // Its feature is its route, "/chat".
        app.MapPost("/chat", (Line[] lines, IChatClient client, CancellationToken cancellationToken) =>
            Problem(lines) ?? TypedResults.ServerSentEvents(AnswerAsync(lines, client, cancellationToken))).RequireAuthorization();

        // This one says its own.
        app.MapPost("/chat/summary", async (Line[] lines, IChatClient client, CancellationToken cancellationToken) =>
        {
            if (Problem(lines) is { } problem)
            {
                return problem;
            }

            var answer = await client.GetResponseAsync([.. lines.Select(line => line.ToMessage()), new(ChatRole.User, "Summarize our conversation in one sentence.")], cancellationToken: cancellationToken);
            return Results.Ok(new { answer.Text, cost = Price.Of(answer.GetUsageCost()) });
        }).WithUsageFeature("summary").RequireAuthorization();
    }

    // Each piece of the answer as the provider writes it, and at the end what all of it cost. Who leaves cancels the call, and pays what was sent until then.
    private static async IAsyncEnumerable<SseItem<object>> AnswerAsync(Line[] lines, IChatClient client, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ChatResponseUpdate? last = null;
        await foreach (var update in client.GetStreamingResponseAsync(lines.Select(line => line.ToMessage()), cancellationToken: cancellationToken))
        {
            last = update;
            if (update.Text.Length > 0)
            {
                yield return new SseItem<object>(new { update.Text }, "text");
            }
        }

        yield return new SseItem<object>(Price.Of(last?.GetUsageCost()), "cost");
    }

    private static IResult? Problem(Line[] lines) =>
        lines.Length == 0 || lines.Any(line => string.IsNullOrWhiteSpace(line?.Text)) ? Results.Problem("Say something.", statusCode: StatusCodes.Status400BadRequest)
        : lines.Sum(line => line.Text.Length) > MostCharacters ? Results.Problem($"At most {MostCharacters} characters.", statusCode: StatusCodes.Status413PayloadTooLarge)
        : null;

    /// <summary>What somebody said.</summary>
    internal sealed record Line(bool IsUser, string Text)
    {
        public ChatMessage ToMessage() => new(IsUser ? ChatRole.User : ChatRole.Assistant, Text);
    }

    /// <summary>What the page shows of a cost; null amounts are unknown, not 0.</summary>
    internal sealed record Price(decimal? Usd, string Text, long? Tokens, string? Quality)
    {
        public static Price Of(UsageCost? cost) => new(cost?.Total, cost?.ToString() ?? "unknown", cost?.TotalTokens, cost?.Quality.ToString());
    }
}
