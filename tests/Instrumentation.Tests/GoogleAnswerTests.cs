using Google.Cloud.AIPlatform.V1;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>
/// Tokens by modality, which Google's clients do not pass on. Prices, USD per million tokens: Gemini 2.5 Flash Image: text 0.30 in and 2.50 out, images
/// out 30; Gemini 2.5 Flash: input 0.30, cached 0.03, audio 1, cached audio 0.10, output 2.50.
/// </summary>
public sealed class GoogleAnswerTests
{
    // 12 x 0.30 + 20 x 2.50 + 1,290 x 30 = 38,753.6 per million.
    [Fact]
    public Task Image_that_was_made_is_not_priced_as_text() => Costs(
        0.0387536m,
        "gemini-2.5-flash-image",
        new UsageDetails { InputTokenCount = 12, OutputTokenCount = 1_310, TotalTokenCount = 1_322 },
        new UsageMetadata { CandidatesTokensDetails = [Tokens(Modality.Image, 1_290)] });

    // 10 x 0.30 + 10 x 0.03 + 30 x 1 + 50 x 0.10 + 10 x 2.50 = 63.3 per million.
    [Fact]
    public Task Audio_has_its_price_cached_or_not() => Costs(
        0.0000633m,
        "gemini-2.5-flash",
        new UsageDetails { InputTokenCount = 100, OutputTokenCount = 10, TotalTokenCount = 110, CachedInputTokenCount = 60 },
        new UsageMetadata
        {
            PromptTokensDetails = [Tokens(Modality.Text, 20), Tokens(Modality.Audio, 80)],
            CacheTokensDetails = [Tokens(Modality.Text, 10), Tokens(Modality.Audio, 50)],
        });

    // 40 x 0.30 + 60 x 0.03 + 10 x 2.50 = 38.8 per million, as without the modalities.
    [Fact]
    public Task Audio_of_which_nobody_knows_how_much_was_cached_counts_no_token_twice() => Costs(
        0.0000388m,
        "gemini-2.5-flash",
        new UsageDetails { InputTokenCount = 100, OutputTokenCount = 10, TotalTokenCount = 110, CachedInputTokenCount = 60 },
        new UsageMetadata { PromptTokensDetails = [Tokens(Modality.Audio, 80)] });

    private static ModalityTokenCount Tokens(Modality modality, int count) => new() { Modality = modality, TokenCount = count };

    private static async Task Costs(decimal expected, string model, UsageDetails details, UsageMetadata metadata)
    {
        using var calls = new TrackedCalls();
        var raw = new GenerateContentResponse { UsageMetadata = metadata };
        var (answer, update) = (ScriptedChatClient.Answer(details, model), ScriptedChatClient.Usage(details));
        (answer.RawRepresentation, update.RawRepresentation) = (raw, raw);
        using var client = calls.Track(new ScriptedChatClient
        {
            Metadata = new ChatClientMetadata("gcp.gemini", new Uri("https://generativelanguage.googleapis.com/"), model),
            OnResponse = (_, _) => Task.FromResult(answer),
            OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("Hi", model), update, update), // Each chunk has what was used so far.
        });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        await client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([(expected, false), (expected, false)], calls.Events.Select(call => (call.Cost.Amount, call.UsageInconsistent)));
    }
}
