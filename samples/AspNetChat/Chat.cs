using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using LlmTelemetry.Budgets;
using LlmTelemetry.Instrumentation;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.AspNetChat;

/// <summary>Two features: a chat that is streamed, and a summary that comes at once.</summary>
internal static class Chat
{
    /// <summary>How long an answer may be: what is held of a budget while it is made.</summary>
    public const int MostOutputTokens = 500;

    private const int MostCharacters = 20_000;

    private static ChatOptions Options => new() { MaxOutputTokens = MostOutputTokens };

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

            var answer = await client.GetResponseAsync([.. lines.Select(line => line.ToMessage()), new(ChatRole.User, "Summarize our conversation in one sentence.")], Options, cancellationToken);
            return Results.Ok(new { answer.Text, cost = Price.Of(answer.GetUsageCost()) });
        }).WithUsageFeature("summary").RequireAuthorization();
    }

    // Each piece of the answer as the provider writes it, and at the end what all of it cost. Who leaves cancels the call, and pays what was sent until then.
    // Who has no budget left is answered 429, since nothing is sent before the first piece is there.
    private static async IAsyncEnumerable<SseItem<object>> AnswerAsync(Line[] lines, IChatClient client, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ChatResponseUpdate? last = null;
        BudgetExceededException? refusal = null;
        await using var updates = client.GetStreamingResponseAsync(lines.Select(line => line.ToMessage()), Options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await updates.MoveNextAsync())
                {
                    break;
                }
            }
            catch (BudgetExceededException cause) when (last is not null)
            {
                // A later call of the same answer, as after a tool's: the status is sent already, so it is told in the stream.
                refusal = cause;
                break;
            }

            last = updates.Current;
            if (last.Text.Length > 0)
            {
                yield return new SseItem<object>(new { last.Text }, "text");
            }
        }

        if (refusal is not null)
        {
            yield return new SseItem<object>(new { detail = "Your budget is used up in the middle of this answer.", retryAfter = refusal.RetryAfter?.TotalSeconds }, "refused");
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
