using LlmTelemetry.Usage;
using static LlmTelemetry.CostExporter.Tests.Points;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class ForeignSpanTests
{
    private static readonly TelemetrySource Source = new("shop", "checkout", "1", "production");

    private static readonly KeyValuePair<string, object?>[] Chat =
    [
        new("gen_ai.operation.name", "chat"), new("gen_ai.provider.name", "anthropic"), new("gen_ai.request.model", "claude-sonnet-4-5"),
    ];

    [Fact]
    public void Inclusive_totals_become_disjoint_buckets_with_a_price()
    {
        var call = Read(
            [
                .. Chat, new("gen_ai.usage.input_tokens", 1_000L), new("gen_ai.usage.cache_read.input_tokens", 600L), new("gen_ai.usage.cache_creation.input_tokens", 100L),
                new("gen_ai.usage.output_tokens", 50L),
            ]);

        Assert.Equal((300L, 600L, 100L, 50L), (Bucket(call, UsageBucket.Input), Bucket(call, UsageBucket.CacheRead), Bucket(call, UsageBucket.CacheWrite5m), Bucket(call, UsageBucket.Output)));

        // 300 x 3, 600 x 0.30, 100 x 3.75 and 50 x 15 per million.
        Assert.Equal((0.002205m, CostQuality.Reported, false), (call.Cost?.Amount, call.Quality, call.UsageInconsistent));
        Assert.Equal((TimeSpan.FromSeconds(2), Now), (call.Duration, call.EndedAt));
    }

    [Theory]
    [InlineData("gen_ai.usage.input_tokens", "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.output_tokens")] // The newest conventions.
    [InlineData("gen_ai.usage.prompt_tokens", "gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.completion_tokens")] // OpenLLMetry.
    [InlineData("llm.usage.prompt_tokens", "llm.usage.cache_read_input_tokens", "llm.usage.cache_creation_input_tokens", "llm.usage.completion_tokens")] // OpenLLMetry, older.
    [InlineData("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens_details.cache_read", "gen_ai.usage.cache_write_input_tokens", "gen_ai.usage.output_tokens")] // OpenLIT.
    [InlineData("llm.token_count.prompt", "llm.token_count.prompt_details.cache_read", "llm.token_count.prompt_details.cache_write", "llm.token_count.completion")] // OpenInference.
    public void Names_that_libraries_send_say_the_same(string input, string read, string write, string output)
    {
        var call = Read([.. Chat, new(input, 1_000L), new(read, "600"), new(write, 100.0), new(output, 50L)]);

        Assert.Equal((300L, 600L, 100L, 50L), (Bucket(call, UsageBucket.Input), Bucket(call, UsageBucket.CacheRead), Bucket(call, UsageBucket.CacheWrite5m), Bucket(call, UsageBucket.Output)));
    }

    [Fact]
    public void Name_of_the_conventions_counts_before_an_older_one_in_any_order()
    {
        var call = Read([new("gen_ai.usage.prompt_tokens", 7L), new("gen_ai.system", "OpenAI"), .. Chat, new("gen_ai.usage.input_tokens", 1_000L), new("llm.usage.prompt_tokens", 8L)]);

        Assert.Equal((1_000L, "anthropic"), (Bucket(call, UsageBucket.Input), call.Provider));
    }

    [Fact]
    public void Input_without_what_the_cache_took_part_in_is_told_by_the_total_or_by_its_size()
    {
        var told = Read([.. Chat, new("gen_ai.usage.input_tokens", 300L), new("gen_ai.usage.cache_read_input_tokens", 200L), new("gen_ai.usage.output_tokens", 50L), new("gen_ai.usage.total_tokens", 550L)]);
        var larger = Read([.. Chat, new("gen_ai.usage.input_tokens", 10L), new("gen_ai.usage.cache_read_input_tokens", 200L)]);

        Assert.Equal((300L, 200L, false), (Bucket(told, UsageBucket.Input), Bucket(told, UsageBucket.CacheRead), told.UsageInconsistent));
        Assert.Equal((10L, 200L, true), (Bucket(larger, UsageBucket.Input), Bucket(larger, UsageBucket.CacheRead), larger.UsageInconsistent));
    }

    [Theory]
    [InlineData("gen_ai.operation.name", "invoke_agent")]
    [InlineData("gen_ai.operation.name", "create_agent")]
    [InlineData("gen_ai.operation.name", "execute_tool")]
    [InlineData("gen_ai.operation.name", "invoke_workflow")]
    [InlineData("gen_ai.operation.name", "orchestrate_tools")]
    [InlineData("traceloop.span.kind", "workflow")]
    [InlineData("openinference.span.kind", "AGENT")]
    [InlineData("openinference.span.kind", "CHAIN")]
    public void Operation_that_contains_calls_is_none(string name, string value) =>
        Assert.Null(TryRead([new("gen_ai.usage.input_tokens", 10L), new("gen_ai.request.model", "gpt-4o"), new(name, value)]));

    [Fact]
    public void Call_that_the_sender_books_itself_is_not_booked_once_more() =>
        Assert.Null(TryRead([.. Chat, new("gen_ai.usage.input_tokens", 10L), new("llm.usage.booked", true)]));

    [Fact]
    public void Span_of_something_else_is_no_call()
    {
        Assert.Null(TryRead([new("http.request.method", "POST")]));
        Assert.Null(TryRead([new("gen_ai.request.model", "gpt-4o")]));
        Assert.Null(TryRead([new("gen_ai.operation.name", "rerank")]));
        Assert.Null(TryRead([new("ai.usage.promptTokens", 10L)])); // Vercel's outer span; the inner one has gen_ai.usage.* too.
    }

    [Fact]
    public void Inference_that_says_nothing_of_usage_is_unmeasured()
    {
        var call = Read(Chat);

        Assert.Equal((null, null, CostQuality.Unmeasured, CallOutcome.Completed), (call.Usage, call.Cost, call.Quality, call.Outcome));
    }

    [Theory]
    [InlineData("429", "429")]
    [InlineData(null, "_OTHER")]
    public void Error_is_a_failed_call(string? type, string expected)
    {
        var call = Read([.. Chat, new("error.type", type)], isError: true);

        Assert.Equal((CallOutcome.Failed, expected, CostQuality.Unmeasured), (call.Outcome, call.ErrorType, call.Quality));
    }

    [Fact]
    public void Buckets_that_are_priced_apart_and_missing_make_an_estimate()
    {
        Assert.Equal(CostQuality.Estimated, Read([.. Chat, new("gen_ai.usage.input_tokens", 10L), new("gen_ai.usage.output_tokens", 5L)]).Quality);
        Assert.Equal(CostQuality.Reported, Read([.. Chat, new("gen_ai.usage.input_tokens", 10L), new("gen_ai.usage.output_tokens", 5L), new("llm.cost.quality", "reported")]).Quality);
    }

    [Fact]
    public void Cost_that_is_told_counts_only_where_it_is_the_providers_and_there_is_no_price()
    {
        KeyValuePair<string, object?>[] unknown = [new("gen_ai.operation.name", "chat"), new("gen_ai.request.model", "acme-1"), new("gen_ai.usage.input_tokens", 10L)];
        KeyValuePair<string, object?>[] told = [new("gen_ai.usage.cost.amount", 0.25), new("gen_ai.usage.cost.currency", "USD"), new("gen_ai.usage.cost.source", "provider")];

        var call = Read([.. unknown, .. told]);
        Assert.Equal((0.25m, "reported", CostQuality.Reported), (call.Cost?.Amount, call.Cost?.PriceVersion, call.Quality));
        Assert.Equal(0.00003m, Read([.. Chat, new("gen_ai.usage.input_tokens", 10L), .. told]).Cost?.Amount);
        foreach (var wrong in new KeyValuePair<string, object?>[] { new("gen_ai.usage.cost.source", "local"), new("gen_ai.usage.cost.currency", "EUR"), new("gen_ai.usage.cost.amount", -1.0), new("gen_ai.usage.cost.amount", double.NaN) })
        {
            call = Read([.. unknown, .. told.Where(one => one.Key != wrong.Key), wrong]);
            Assert.Equal((null, CostQuality.Unpriced), (call.Cost, call.Quality));
        }

        Assert.Null(Read([.. unknown, new("gen_ai.usage.cost", 0.0)]).Cost); // OpenLIT's, of a model that it does not know.
    }

    [Fact]
    public void Span_and_resource_say_whose_the_call_is()
    {
        var call = Read([.. Chat, new("user.hash", "f00"), new("llm.tenant", "acme"), new("llm.feature", "search"), new("session.id", "s"), new("gen_ai.conversation.id", "c")]);
        Assert.Equal(new Attribution("f00", "acme", "search", "c", "s", Client: "checkout", Environment: "production", IsUserHashed: true), call.Attribution);

        call = Read([.. Chat, new("enduser.id", "ada"), new("llm.client", "worker"), new("deployment.environment", "test")]);
        Assert.Equal(new Attribution("ada", Client: "worker", Environment: "test"), call.Attribution);
        Assert.Null(new TelemetrySource(null, "unknown_service:node", null, null).Client);
    }

    [Fact]
    public void Same_span_has_the_same_id_and_another_one_another()
    {
        var one = Read(Chat).Id;

        Assert.Equal(one, Read([.. Chat, new("gen_ai.response.id", "r")]).Id);
        Assert.NotEqual(one, Read(Chat, spanId: 2).Id);
    }

    [Fact]
    public void Ids_of_nothing_but_zeros_are_refused()
    {
        Assert.Null(ForeignPoints.ReadSpan(in Source, new byte[16], Id(8, 1), 1, 2, false, Chat, PriceBook.Embedded));
        Assert.Null(ForeignPoints.ReadSpan(in Source, Id(16, 1), new byte[8], 1, 2, false, Chat, PriceBook.Embedded));
        Assert.Null(ForeignPoints.ReadSpan(in Source, Id(8, 1), Id(8, 1), 1, 2, false, Chat, PriceBook.Embedded));
    }

    [Fact]
    public void Nothing_of_prompts_and_answers_is_kept()
    {
        const string Secret = "my-secret-words";
        var call = Read(
            [
                .. Chat, new("gen_ai.usage.input_tokens", 10L), new("gen_ai.input.messages", Secret), new("gen_ai.output.messages", Secret), new("gen_ai.system_instructions", Secret),
                new("gen_ai.prompt", Secret), new("input.value", Secret), new("gen_ai.tool.definitions", Secret), new("llm.input_messages.0.message.content", Secret),
            ]);

        Assert.DoesNotContain(Secret, call.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_values_make_a_call_or_none_and_throw_nothing()
    {
        var random = new Random(11);
        object?[] values = [null, "", "x", "-5", "99999999999999999999", -1L, 0L, 7L, long.MaxValue, long.MinValue, double.NaN, double.PositiveInfinity, -0.5, 1e300, 3.0, true, false, "chat", "USD", "provider"];
        var names = SpanFields.ByName.Keys.ToArray();
        for (var i = 0; i < 20_000; i++)
        {
            var attributes = Enumerable.Range(0, random.Next(1, 20)).Select(_ => new KeyValuePair<string, object?>(names[random.Next(names.Length)], values[random.Next(values.Length)])).ToArray();
            if (ForeignPoints.ReadSpan(in Source, Id(16, 1), Id(8, 1), (ulong)random.NextInt64(), ulong.MaxValue, false, attributes, PriceBook.Embedded) is { } call)
            {
                Assert.True((call.Record.Usage is null) == (call.Record.Quality is CostQuality.Unmeasured) || call.Record.Cost is not null);
            }
        }
    }

    private static UsageRecord Read(KeyValuePair<string, object?>[] attributes, bool isError = false, byte spanId = 1) => Assert.IsType<ReceivedCall>(TryRead(attributes, isError, spanId)).Record;

    private static ReceivedCall? TryRead(KeyValuePair<string, object?>[] attributes, bool isError = false, byte spanId = 1) =>
        ForeignPoints.ReadSpan(in Source, Id(16, 1), Id(8, spanId), At(2), At(0), isError, attributes, PriceBook.Embedded);

    private static byte[] Id(int length, byte last) => [.. new byte[length - 1], last];

    private static long Bucket(UsageRecord call, UsageBucket bucket) => Assert.NotNull(call.Usage)[bucket];
}
