using System.Text;
using FsCheck;
using FsCheck.Fluent;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests.Records;

public sealed class UsageRecordJsonTests
{
    private const string Least = """{"id":"00112233-4455-6677-8899-aabbccddeeff","time":"2026-11-22T12:00:00Z","gen_ai.operation.name":"chat"}""";

    [Fact]
    public void Record_that_says_everything_is_written_as_documented()
    {
        var line = Encoding.UTF8.GetString(UsageRecordJson.Line(RecordCases.Full(Calls.Noon)));
        Assert.StartsWith("""{"version":1,"id":"00112233-4455-6677-8899-aabbccddeeff","time":"2026-11-22T12:00:00.0000000Z","duration":1234.5678901,""", line, StringComparison.Ordinal);
        Assert.Contains(""","gen_ai.usage.cost.amount":85070591730234615865843652.857942052864,"gen_ai.usage.cost.currency":"USD",""", line, StringComparison.Ordinal);
        Assert.Contains(""","cost":{"input":0.000000000001,"cache_read":1,"tool_call":""", line, StringComparison.Ordinal);
        Assert.Contains(""","user.hash":"ada \"Lovelace\" \uD83C\uDF89 <b>",""", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void Any_record_comes_back_as_it_was()
    {
        var random = new Random(20261122);
        for (var round = 0; round < 3_000; round++)
        {
            var record = RandomRecord.Make(random);
            var line = UsageRecordJson.Line(record);
            RecordCases.AssertSame(record, UsageRecordReader.Read(line));
            Assert.Equal(line, UsageRecordJson.Line(UsageRecordReader.Read(line)));
            Assert.DoesNotContain((byte)'\n', line);
        }
    }

    [Fact]
    public void Amounts_are_exact_to_the_last_digit_and_round_half_to_even_below_it()
    {
        Prop.ForAll(
            ArbMap.Default.ArbFor<(ulong High, ulong Low)>(),
            parts =>
            {
                var pico = (Int128)new UInt128(parts.High >> 1, parts.Low);
                Assert.True(PicoText.TryRead(PicoText.Of(pico), out Int128 read) && read == pico);
                Assert.True(PicoText.TryRead(PicoText.Of(-pico), out read) && read == -pico);
            }).QuickCheckThrowOnFailure();
        foreach (var (text, expected) in new[] { ("0.0000000000005", 0), ("0.0000000000015", 2), ("0.00000000000250000001", 3), ("1E-12", 1), ("1.5e-11", 15), ("-0.0", 0), ("1e-100", 0) })
        {
            Assert.True(PicoText.TryRead(text, out Int128 pico));
            Assert.Equal(expected, pico);
        }

        foreach (var text in new[] { "1e27", "1e999999999", "1e-99999999999999", new string('9', 5_000) })
        {
            Assert.False(PicoText.TryRead(text, out Int128 _));
        }
    }

    [Fact]
    public void Least_record_says_nothing_that_was_not_said()
    {
        var record = Read(Least);
        Assert.Equal((CallOutcome.Completed, CostQuality.Unmeasured, 1L), (record.Outcome, record.Quality, record.Calls));
        Assert.Null(record.Usage);
        Assert.Null(record.Cost);
        Assert.Null(record.Model);
    }

    [Fact]
    public void Fields_that_are_not_known_are_left_out() =>
        Assert.Equal("chat", Read(Least.Replace("{", """{"someone's":{"own":[1,{"x":null}]},""", StringComparison.Ordinal)).Operation);

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("[]", "no JSON object")]
    [InlineData("{", "no JSON")]
    [InlineData("""{"time":"2026-11-22T12:00:00Z","gen_ai.operation.name":"chat"}""", "'id' is missing")]
    [InlineData("""{"id":" ","time":"2026-11-22T12:00:00Z","gen_ai.operation.name":"chat"}""", "'id' is missing")]
    [InlineData("""{"id":"1","gen_ai.operation.name":"chat"}""", "'time' is missing")]
    [InlineData("""{"id":"1","time":"2026-11-22T12:00:00Z"}""", "'gen_ai.operation.name' is missing")]
    [InlineData("""{"id":"1","time":"2026-11-22T12:00:00","gen_ai.operation.name":"chat"}""", "with its offset")]
    [InlineData("""{"id":"1","time":"22/11/2026","gen_ai.operation.name":"chat"}""", "with its offset")]
    [InlineData("""{"id":1,"time":"2026-11-22T12:00:00Z","gen_ai.operation.name":"chat"}""", "'id' must be a text")]
    public void Line_that_is_no_record_is_refused_with_the_reason(string line, string says) => AssertRefused(line, says);

    [Theory]
    [InlineData("\"version\":2", "'version' is 2")]
    [InlineData("\"version\":0", "'version' is 0")]
    [InlineData("\"usage\":{\"input\":-1}", "'input' must be a whole number")]
    [InlineData("\"usage\":{\"input\":1.5}", "'input' must be a whole number")]
    [InlineData("\"usage\":{\"input\":9223372036854775808}", "'input' must be a whole number")]
    [InlineData("\"usage\":{\"inputs\":1}", "'inputs' is no bucket")]
    [InlineData("\"usage\":[1]", "'usage' must be an object")]
    [InlineData("\"usage\":{\"tool_call\":1},\"usage_kinds\":[{\"bucket\":\"tool_call\",\"kind\":\"x\",\"count\":2}]", "more of tool_call")]
    [InlineData("\"usage\":{},\"usage_kinds\":[{\"bucket\":\"tool_call\",\"kind\":\"x\",\"count\":2}]", "which 'usage' has not")]
    [InlineData("\"usage\":{},\"usage_kinds\":[{\"bucket\":\"tool_call\",\"count\":2}]", "must have 'bucket'")]
    [InlineData("\"gen_ai.usage.cost.amount\":-0.1", "not below 0")]
    [InlineData("\"gen_ai.usage.cost.amount\":1e30", "below 10^26")]
    [InlineData("\"gen_ai.usage.cost.amount\":\"1\"", "must be an amount")]
    [InlineData("\"gen_ai.usage.cost.amount\":1,\"gen_ai.usage.cost.currency\":\"EUR\"", "'EUR'")]
    [InlineData("\"gen_ai.usage.cost.amount\":1,\"cost\":{\"input\":0.5}", "add up to 0.5")]
    [InlineData("\"llm.outcome\":\"broken\"", "completed, failed")]
    [InlineData("\"llm.cost.quality\":\"fine\"", "reported, partial")]
    [InlineData("\"tags\":{\"plan\":1}", "'plan' must be a text")]
    [InlineData("\"calls\":-1", "'calls' must be a whole number")]
    [InlineData("\"duration\":1e20", "'duration' is no time")]
    [InlineData("\"cache_hit\":1", "true or false")]
    [InlineData("\"region\":\"a\",\"region\":\"b\"", "no JSON")]
    [InlineData("\"region\":\"\\ud800\"", "no JSON")]
    public void Field_that_cannot_be_right_is_refused_by_its_name(string field, string says) => AssertRefused(Least.Replace("{", "{" + field + ",", StringComparison.Ordinal), says);

    [Fact]
    public void Totals_of_the_conventions_are_taken_apart_where_no_buckets_are_said()
    {
        var record = Read(Least.Replace("{", """{"gen_ai.usage.input_tokens":100,"gen_ai.usage.cache_read.input_tokens":60,"gen_ai.usage.output_tokens":7,"gen_ai.usage.cost.amount":0.0125,""", StringComparison.Ordinal));
        Assert.Equal((40, 60, 7), (record.Usage!.Value[UsageBucket.Input], record.Usage.Value[UsageBucket.CacheRead], record.Usage.Value[UsageBucket.Output]));
        Assert.Equal((0.0125m, "reported", CostQuality.Reported, false), (record.Cost!.Value.Amount, record.Cost.Value.PriceVersion, record.Quality, record.UsageInconsistent));
        Assert.True(Read(Least.Replace("{", """{"gen_ai.usage.input_tokens":10,"gen_ai.usage.cache_read.input_tokens":60,""", StringComparison.Ordinal)).UsageInconsistent);
    }

    [Fact]
    public void Id_of_another_system_is_the_same_record_each_time()
    {
        var other = Least.Replace("00112233-4455-6677-8899-aabbccddeeff", "call/7", StringComparison.Ordinal);
        Assert.Equal(Read(other).Id, Read(other).Id);
        Assert.NotEqual(Read(other).Id, Read(other.Replace("call/7", "call/8", StringComparison.Ordinal)).Id);
        Assert.Equal(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), Read(Least).Id);
    }

    private static UsageRecord Read(string line) => UsageRecordReader.Read(Encoding.UTF8.GetBytes(line));

    private static void AssertRefused(string line, string says) => Assert.Contains(says, Assert.Throws<FormatException>(() => Read(line)).Message, StringComparison.Ordinal);
}
