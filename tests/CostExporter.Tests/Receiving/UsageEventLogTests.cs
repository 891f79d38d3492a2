using System.Text.Json;
using LlmTelemetry.CostExporter.Tests.Records;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests.Receiving;

public sealed class UsageEventLogTests
{
    private const string Least = """{"id":"00112233-4455-6677-8899-aabbccddeeff","time":"2026-11-22T12:00:00Z","gen_ai.operation.name":"chat"}""";
    private static readonly TelemetrySource Nobody = new(null, "unknown_service", null, null);

    [Fact]
    public void Any_event_is_read_as_the_record_that_is_made_of_it_in_process()
    {
        var random = new Random(20261123);
        for (var round = 0; round < 3_000; round++)
        {
            var call = RandomRecord.Make(random).ToEvent();
            var body = UsageEventLog.Body(in call);

            var read = UsageEventLog.Read(in Nobody, body);

            Assert.Equal(UsageSourceKind.Events, read.Kind);
            RecordCases.AssertSame(UsageRecord.Of(in call), read.Record);
            Assert.Equal(body, UsageEventLog.Body(read.Record));
        }
    }

    [Fact]
    public void Every_bucket_and_the_largest_values_come_back_as_they_were()
    {
        for (var bucket = (UsageBucket)0; (int)bucket < UsageBucketExtensions.Count; bucket++)
        {
            var call = new UsageEvent { CallId = Guid.NewGuid(), EndedAt = Calls.Noon, Operation = "chat", Calls = 0, ChargePico = Int128.MaxValue, Quality = CostQuality.Reported };
            var usage = default(CallUsage);
            usage[bucket] = long.MaxValue;
            call.SetUsage(in usage);
            call.SetCost(Calls.Cost((bucket, Int128.MaxValue)));

            var read = UsageEventLog.Read(in Nobody, UsageEventLog.Body(in call)).Record;

            Assert.Equal((0L, long.MaxValue, Int128.MaxValue, Int128.MaxValue), (read.Calls, read.Usage!.Value[bucket], read.Cost!.Value.Pico(bucket), read.ChargePico));
        }
    }

    [Fact]
    public void Half_a_surrogate_pair_arrives_as_the_replacement_character()
    {
        var call = Calls.Make(user: "a\ud800b", feature: "\udc00", tenant: "x\ud83c");

        var read = UsageEventLog.Read(in Nobody, UsageEventLog.Body(in call)).Record.Attribution;

        Assert.Equal(("a\ufffdb", "\ufffd", "x\ufffd"), (read.User, read.Feature, read.Tenant));
    }

    [Fact]
    public void Answer_of_the_providers_has_the_same_id_in_every_process()
    {
        UsageEvent Call() => new() { CallId = Guid.NewGuid(), EndedAt = Calls.Noon, Operation = "chat", Provider = "anthropic", ResponseId = "msg_1" };
        var (one, two) = (Call(), Call());

        Assert.Equal(UsageEventLog.Read(in Nobody, UsageEventLog.Body(in one)).Record.Id, UsageEventLog.Read(in Nobody, UsageEventLog.Body(in two)).Record.Id);
        Assert.Equal(one.GetId(), UsageEventLog.Read(in Nobody, UsageEventLog.Body(in one)).Record.ToEvent().CallId);
    }

    [Theory]
    [InlineData(null, null, "shop", "production")]
    [InlineData("web", "staging", "web", "staging")]
    [InlineData("web", null, "web", "production")]
    public void Client_and_environment_are_the_sources_where_the_event_does_not_say(string? client, string? environment, string readClient, string readEnvironment)
    {
        var call = Calls.Make() with { Attribution = new Attribution(Client: client, Environment: environment) };

        var read = UsageEventLog.Read(new TelemetrySource("eu", "shop", "1", "production"), UsageEventLog.Body(in call)).Record.Attribution;

        Assert.Equal((readClient, readEnvironment), (read.Client, read.Environment));
    }

    [Theory]
    [InlineData("unknown_service")]
    [InlineData("unknown_service:dotnet")]
    [InlineData("")]
    public void Service_that_nobody_named_is_no_client(string service) =>
        Assert.Null(UsageEventLog.Read(new TelemetrySource(null, service, null, null), Least).Record.Attribution.Client);

    [Theory]
    [InlineData("", "not one JSON object")]
    [InlineData("SECRET", "not one JSON object")]
    [InlineData("[\"SECRET\"]", "not one JSON object")]
    [InlineData("{\"time\":\"2026-11-22T12:00:00Z\"}", "'id' is missing")]
    [InlineData("{\"id\":\"1\",\"time\":\"SECRET\",\"gen_ai.operation.name\":\"chat\"}", "'time' is not right")]
    [InlineData("{\"id\":\"1\",\"time\":\"2026-11-22T12:00:00Z\",\"gen_ai.operation.name\":\"chat\",\"llm.outcome\":\"SECRET\"}", "'llm.outcome' is not right")]
    [InlineData("{\"id\":\"1\",\"time\":\"2026-11-22T12:00:00Z\",\"gen_ai.operation.name\":\"chat\",\"usage\":{\"SECRET\":1}}", "not one JSON object whose fields")]
    [InlineData("{\"id\":\"1\",\"time\":\"2026-11-22T12:00:00Z\",\"gen_ai.operation.name\":\"chat\",\"tags\":{\"SECRET\":1}}", "not one JSON object whose fields")]
    [InlineData("{\"SECRET\":1,\"SECRET\":2}", "not one JSON object")]
    [InlineData("{\"version\":2}", "'version' is not right")]
    public void Body_that_is_no_event_is_refused_with_the_reason_and_nothing_of_it(string body, string says)
    {
        var failure = Assert.Throws<FormatException>(() => UsageEventLog.Read(in Nobody, body));

        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Body_is_one_object_of_the_documented_version()
    {
        var call = Calls.Make();
        using var body = JsonDocument.Parse(UsageEventLog.Body(in call));
        Assert.Equal(RecordFields.LatestVersion, body.RootElement.GetProperty("version").GetInt32());
        Assert.Equal("llm.usage.event", UsageEventLog.EventName);
    }
}
