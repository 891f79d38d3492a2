using Amazon.BedrockRuntime.Model;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>
/// What only the AWS SDK's answer tells. Prices of global Claude Sonnet 4.5, USD per million tokens: input 3, cache read 0.30, cache write 3.75
/// (5 min) and 6 (1 h), output 15.
/// </summary>
public sealed class BedrockAnswerTests
{
    private const string Model = "global.anthropic.claude-sonnet-4-5-20250929-v1:0";

    // 100 x 3 + 1,000 x 0.30 + 20 x 3.75 + 30 x 6 + 40 x 15 = 1,455 per million; where the parts are not told, or cannot be, 50 x 3.75 for all that was written: 1,387.5.
    [Theory]
    [InlineData(20, 30, "0.001455")]
    [InlineData(null, null, "0.0013875")]
    [InlineData(20, 90, "0.0013875")]
    public async Task Cache_written_for_an_hour_has_its_price(int? minutes, int? hour, string cost)
    {
        using var calls = new TrackedCalls();
        var details = new UsageDetails
        {
            InputTokenCount = 100,
            OutputTokenCount = 40,
            TotalTokenCount = 1_190,
            AdditionalCounts = new() { ["CacheReadInputTokens"] = 1_000, ["CacheWriteInputTokens"] = 50 },
        };
        var raw = new ConverseResponse
        {
            Usage = new TokenUsage
            {
                CacheDetails = minutes is null ? null : [new() { Ttl = new("5m"), InputTokens = minutes }, new() { Ttl = new("1h"), InputTokens = hour }, new()],
            },
        };
        var (answer, update) = (ScriptedChatClient.Answer(details, model: null), ScriptedChatClient.Usage(details));
        (answer.RawRepresentation, update.RawRepresentation) = (raw, raw);
        using var client = calls.Track(new ScriptedChatClient
        {
            Metadata = new ChatClientMetadata("aws.bedrock", new Uri("https://bedrock-runtime.us-east-1.amazonaws.com/"), Model),
            OnResponse = (_, _) => Task.FromResult(answer),
            OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("Hi", model: null), update),
        });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        await client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        var expected = decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal([(expected, false), (expected, false)], calls.Events.Select(call => (call.Cost.Amount, call.UsageInconsistent)));
    }
}
