using static LlmTelemetry.Usage.Tests.WorkedPrice;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Prices worked out by hand from the providers' price pages (USD per million tokens), so that they do not depend on any code.</summary>
public sealed class WorkedPriceTests
{
    // Claude Sonnet 4.5: input 3, cache read 0.30, cache write 3.75 (5 minutes) and 6 (1 hour), output 15.
    // 3,000 x 3 + 4,000 x 0.30 + 2,000 x 3.75 + 1,000 x 6 + 500 x 15 = 9,000 + 1,200 + 7,500 + 6,000 + 7,500 = 31,200 per million
    [Fact]
    public void Anthropic_cache_reads_and_both_kinds_of_cache_writes_have_prices_of_their_own()
    {
        var cost = Price("anthropic", "claude-sonnet-4-5-20250929", "2026-11-22T12:00Z",
            new() { Input = 10_000, CacheRead = 4_000, CacheWrite = 3_000, CacheWrite1h = 1_000, Output = 500 });

        Assert.Equal(0.009m, cost[UsageBucket.Input]);
        Assert.Equal(0.0012m, cost[UsageBucket.CacheRead]);
        Assert.Equal(0.0075m, cost[UsageBucket.CacheWrite5m]);
        Assert.Equal(0.006m, cost[UsageBucket.CacheWrite1h]);
        Assert.Equal(0.0075m, cost[UsageBucket.Output]);
        Assert.Equal(0.0312m, cost.Amount);
        Assert.Equal(31_200_000_000, cost.TotalPico);
    }

    // Gemini 2.5 Pro: 1.25 and 10 up to 200,000 input tokens, 2.50, 0.25 (cache read) and 15 for the whole request above.
    [Theory]
    [InlineData(200_000, 0, 0.26)] // 200,000 x 1.25 + 1,000 x 10 = 260,000
    [InlineData(200_001, 0, 0.5150025)] // 200,001 x 2.50 + 1,000 x 15 = 515,002.5
    [InlineData(200_001, 200_000, 0.0650025)] // 1 x 2.50 + 200,000 x 0.25 + 1,000 x 15 = 65,002.5: cached tokens count for the tier
    public void Gemini_above_200k_input_tokens_costs_more_for_the_whole_request(long input, long cached, double usd) =>
        Assert.Equal((decimal)usd, Price("gcp.gemini", "gemini-2.5-pro", "2026-11-22T12:00Z",
            new() { Input = input, CacheRead = cached, Output = 1_000 }).Amount);

    // The tier counts what was written to the cache too. Claude Sonnet 4.5 above 200,000: cache write 7.50, input 6, output 22.50.
    // 1 x 6 + 200,000 x 7.50 + 10 x 22.50 = 6 + 1,500,000 + 225 = 1,500,231
    [Fact]
    public void Context_tier_counts_cache_writes() =>
        Assert.Equal(1.500231m, Price("anthropic", "claude-sonnet-4-5", "2026-11-22T12:00Z",
            new() { Input = 200_001, CacheWrite = 200_000, Output = 10 }).Amount);

    // OpenAI: above 272,000 input tokens; xAI: from 200,000 on; Claude Haiku 5.5: above 100,000. The whole request, output too.
    // GPT-5.4: 272,000 x 2.50 + 1,000 x 15 = 695,000; 272,001 x 5 + 1,000 x 22.50 = 1,382,505.
    // Grok 4.5: 199,999 x 2 + 1,000 x 6 = 405,998; 200,000 x 4 + 1,000 x 12 = 812,000.
    // Claude Haiku 5.5: 100,000 x 0.10 + 1,000 x 0.50 = 10,500; 100,001 x 0.50 + 1,000 x 2.50 = 52,500.5.
    [Theory]
    [InlineData("openai", "gpt-5.4", 272_000, 0.695)]
    [InlineData("openai", "gpt-5.4", 272_001, 1.382505)]
    [InlineData("xai", "grok-4.5", 199_999, 0.405998)]
    [InlineData("xai", "grok-4.5", 200_000, 0.812)]
    [InlineData("anthropic", "claude-haiku-5-5", 100_000, 0.0105)]
    [InlineData("anthropic", "claude-haiku-5-5", 100_001, 0.0525005)]
    public void Context_tier_starts_where_the_provider_says(string provider, string model, long input, double usd) =>
        Assert.Equal((decimal)usd, Price(provider, model, "2026-11-22T12:00Z", new() { Input = input, Output = 1_000 }).Amount);

    // o3: 10 and 40, from 2025-06-10 on 2 and 8. 1,000 x 10 + 100 x 40 = 14,000; 1,000 x 2 + 100 x 8 = 2,800
    [Theory]
    [InlineData("2025-06-09T23:59:59Z", 0.014)]
    [InlineData("2025-06-10T00:00:00Z", 0.0028)]
    [InlineData("2025-06-10T01:00:00+02:00", 0.014)] // still the 9th in UTC
    public void Dated_price_is_that_of_the_time_of_the_call(string when, double usd) =>
        Assert.Equal((decimal)usd, Price("openai", "o3", when, new() { Input = 1_000, Output = 100 }).Amount);

    // o3's cached input cost 2.50 until then, 0.50 since. 600 x 10 + 400 x 2.50 = 7,000; 600 x 2 + 400 x 0.50 = 1,400
    [Theory]
    [InlineData("2025-06-09T23:59:59Z", 0.007)]
    [InlineData("2025-06-10T00:00:00Z", 0.0014)]
    public void Dated_price_of_cached_input_is_that_of_the_time_of_the_call(string when, double usd) =>
        Assert.Equal((decimal)usd, Price("openai", "o3", when, new() { Input = 1_000, CacheRead = 400 }).Amount);

    // Claude Sonnet 5.5: cache reads 0.20, from 2026-10-07 on 0.10. 1,000 x 0.20 = 200; 1,000 x 0.10 = 100
    [Theory]
    [InlineData("2026-10-06T23:59:59Z", 0.0002)]
    [InlineData("2026-10-07T00:00:00Z", 0.0001)]
    public void Cache_reads_of_a_newer_sibling_have_a_price_of_their_own(string when, double usd) =>
        Assert.Equal((decimal)usd, Price("anthropic", "claude-sonnet-5-5", when, new() { Input = 1_000, CacheRead = 1_000 }).Amount);

    // The alias meant Mistral Large 2 (2 and 6) until Mistral Large 3 (0.50 and 1.50) came out. 1,000 and 1,000 tokens.
    [Theory]
    [InlineData("2025-12-01T23:59:59Z", 0.008)]
    [InlineData("2025-12-02T00:00:00Z", 0.002)]
    public void Latest_alias_costs_what_the_model_it_means_costs(string when, double usd) =>
        Assert.Equal((decimal)usd, Price("mistral", "mistral-large-latest", when, new() { Input = 1_000, Output = 1_000 }).Amount);

    // gpt-realtime: text 4, 0.40 cached, 16 out; audio 32, 0.40 cached, 64 out.
    // Text in: 1,000 - 600 audio - 200 cached text = 200 x 4 = 800; cached text 200 x 0.40 = 80; audio 600 - 100 = 500 x 32 = 16,000;
    // cached audio 100 x 0.40 = 40; text out 100 x 16 = 1,600; audio out 300 x 64 = 19,200. Together 37,720.
    [Fact]
    public void Audio_and_cached_audio_have_prices_of_their_own()
    {
        var cost = Price("openai", "gpt-realtime", "2026-11-22T12:00Z",
            new() { Input = 1_000, CacheRead = 300, InputAudio = 600, CacheAudioRead = 100, Output = 400, OutputAudio = 300 });

        Assert.Equal(0.0008m, cost[UsageBucket.Input]);
        Assert.Equal(0.00008m, cost[UsageBucket.CacheRead]);
        Assert.Equal(0.016m, cost[UsageBucket.InputAudio]);
        Assert.Equal(0.00004m, cost[UsageBucket.CacheAudioRead]);
        Assert.Equal(0.0016m, cost[UsageBucket.Output]);
        Assert.Equal(0.0192m, cost[UsageBucket.OutputAudio]);
        Assert.Equal(0.03772m, cost.Amount);
    }

    // gpt-audio has no price for cached tokens: cached audio is audio (32), cached text is text (2.50). 100 x 2.50 + 900 x 32 = 29,050
    [Fact]
    public void Cached_audio_without_a_price_of_its_own_costs_what_audio_costs() =>
        Assert.Equal(0.02905m, Price("openai", "gpt-audio", "2026-11-22T12:00Z",
            new() { Input = 1_000, CacheRead = 450, InputAudio = 900, CacheAudioRead = 400 }).Amount);

    // o3: reasoning is output, 8. 1,000 x 2 + (100 + 900) x 8 = 10,000
    [Fact]
    public void Reasoning_costs_what_output_costs_and_is_shown_apart()
    {
        var cost = Price("openai", "o3", "2026-11-22T12:00Z", new() { Input = 1_000, Output = 1_000, Reasoning = 900 });

        Assert.Equal(0.0008m, cost[UsageBucket.Output]);
        Assert.Equal(0.0072m, cost[UsageBucket.Reasoning]);
        Assert.Equal(0.01m, cost.Amount);
    }

    // Perplexity's sonar-deep-research: 2 and 8, reasoning 3, citations 2. 1,000 x 2 + 100 x 8 + 5,000 x 3 + 2,000 x 2 = 21,800
    [Fact]
    public void Reasoning_and_citations_with_prices_of_their_own_do_not_pay_for_output() =>
        Assert.Equal(0.0218m, Price("perplexity", "sonar-deep-research", "2026-11-22T12:00Z",
            new() { Input = 1_000, Output = 7_100, Reasoning = 5_000, Citation = 2_000 }).Amount);

    // Gemini 2.5 Flash Image: 0.30 in, image or not; 2.50 out, images 30. 1,000 x 0.30 + 10 x 2.50 + 1,290 x 30 = 39,025
    [Fact]
    public void Image_output_has_a_price_of_its_own_and_image_input_pays_for_input() =>
        Assert.Equal(0.039025m, Price("google", "gemini-2.5-flash-image", "2026-11-22T12:00Z",
            new() { Input = 1_000, InputImage = 258, Output = 1_300, OutputImage = 1_290 }).Amount);

    // Perplexity's sonar: 1 and 1, and 12 USD for 1,000 requests: each call pays the fee once. 100 x 1 + 50 x 1 = 150 per million, + 0.012
    [Fact]
    public void Request_fee_is_paid_once_for_each_call()
    {
        var cost = Price("perplexity", "sonar", "2026-11-22T12:00Z", new() { Input = 100, Output = 50 });

        Assert.Equal(0.012m, cost[UsageBucket.Request]);
        Assert.Equal(0.01215m, cost.Amount);
    }

    // whisper-1: 0.36 USD an hour. 10 seconds: 0.36 / 360 = 0.001
    [Fact]
    public void Audio_by_the_second_is_priced_by_the_hour() =>
        Assert.Equal(0.001m, Pieces("openai", "whisper-1", UsageBucket.InputAudioSecond, 10)!.Value.Amount);

    // groq's whisper-large-v3: 0.111 USD an hour. 7 seconds: 0.111 x 7 / 3,600 = 0.000215833333..., to whole pico-USD 0.000215833333
    [Fact]
    public void Price_that_is_no_whole_number_of_pico_USD_is_rounded_once() =>
        Assert.Equal(215_833_333, Pieces("groq", "whisper-large-v3", UsageBucket.InputAudioSecond, 7)!.Value.TotalPico);
}
