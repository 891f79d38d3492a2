using System.Net;
using System.Text;
using Google.Protobuf;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Wire;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using RpcStatus = LlmTelemetry.Service.Wire.Rpc.Status;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>What a request may be, and what becomes of one that is more.</summary>
[Collection(MeasuredMemory.Name)]
public sealed class OtlpLimitTests
{
    private const string Logs = "/v1/logs";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Body_above_the_limit_is_too_large_whether_it_says_its_length_or_not(bool isChunked)
    {
        await using var service = await OtlpUnderTest.StartAsync(limits: ("MaxRequestBytes", "2048"));
        using var content = new StreamContent(new MemoryStream(Padded(2_049)));
        content.Headers.ContentType = new(Otlp.Protobuf);
        content.Headers.ContentLength = isChunked ? null : 2_049;
        using var request = new HttpRequestMessage(HttpMethod.Post, Logs) { Content = content };
        request.Headers.TransferEncodingChunked = isChunked;

        using var answer = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("2048", (await answer.ReadAsync<RpcStatus>()).Message, StringComparison.Ordinal);
        Assert.Empty(service.Receiver.Deliveries);
    }

    [Fact]
    public async Task Body_as_large_as_the_limit_is_booked()
    {
        await using var service = await OtlpUnderTest.StartAsync(limits: [("MaxRequestBytes", "2048"), ("MaxDecompressedBytes", "2048")]);

        using var plain = await service.PostAsync(Logs, Padded(2_048), Otlp.Protobuf);
        using var zipped = await service.PostAsync(Logs, Otlp.Zip(Padded(2_048)), Otlp.Protobuf, "gzip");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (plain.StatusCode, zipped.StatusCode));
        Assert.Equal(2, service.Receiver.Calls.Count());
    }

    [Theory]
    [InlineData("MaxDecompressedBytes", "2048", 2_049)]
    [InlineData("MaxDecompressionRatio", "100", 30 << 20)]
    public async Task Body_that_grows_too_much_without_its_compression_is_too_large(string limit, string value, int size)
    {
        await using var service = await OtlpUnderTest.StartAsync(limits: (limit, value));

        using var answer = await service.PostAsync(Logs, Otlp.Zip(Padded(size)), Otlp.Protobuf, "gzip");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Empty(service.Receiver.Deliveries);
    }

    [Fact]
    public async Task Small_body_may_grow_more_than_the_ratio()
    {
        await using var service = await OtlpUnderTest.StartAsync(limits: ("MaxDecompressionRatio", "1"));

        using var answer = await service.PostAsync(Logs, Otlp.Zip(Padded(1 << 20)), Otlp.Protobuf, "gzip");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Compressed_body_that_is_cut_off_damaged_or_followed_by_something_is_bad()
    {
        await using var service = await OtlpUnderTest.StartAsync();
        var whole = Otlp.Zip(Padded(5_000));
        byte[] damaged = [.. whole];
        damaged[^6] ^= 1;
        byte[][] wrong = [.. Enumerable.Range(1, whole.Length - 1).Select(length => whole[..length]), damaged, [.. whole, 0], [.. whole, 31, 139, 8], [1, 2, 3], Padded(1_000)];
        foreach (var body in wrong)
        {
            using var answer = await service.PostAsync(Logs, body, Otlp.Protobuf, "gzip");
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }

        Assert.Empty(service.Receiver.Deliveries);
        using var parts = await service.PostAsync(Logs, [.. Otlp.Zip(Padded(5_000)[..1_000]), .. Otlp.Zip(Padded(5_000)[1_000..])], Otlp.Protobuf, "gzip");
        Assert.Equal(HttpStatusCode.OK, parts.StatusCode); // RFC 1952: members one behind the other.
        Assert.Single(service.Receiver.Deliveries);
    }

    [Fact]
    public async Task Memory_that_is_taken_is_refused_and_comes_back()
    {
        await using var service = await OtlpUnderTest.StartAsync(limits: ("MaxConcurrentBytes", "1048576"));
        var go = new TaskCompletionSource();
        var waiting = 0;
        service.Receiver.Answer = async (_, _) =>
        {
            Interlocked.Increment(ref waiting);
            await go.Task;
            return new DeliveryReply(IsBooked: true);
        };
        var many = Otlp.Logs(Enumerable.Range(1, 100).Select(i => Otlp.Event(Otlp.Body(i))));
        List<Task<HttpResponseMessage>> posts = [.. Enumerable.Range(0, 20).Select(_ => service.PostAsync(Logs, many))];
        await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref waiting) + posts.Count(post => post.IsCompleted) == 20), "each request is refused or waits for the store");

        Assert.InRange(waiting, 1, 5); // 100 calls are counted as 200 KiB.
        go.SetResult();
        var statuses = new List<HttpStatusCode>();
        foreach (var post in posts)
        {
            using var answer = await post;
            statuses.Add(answer.StatusCode);
            Assert.Equal(answer.StatusCode == HttpStatusCode.ServiceUnavailable, answer.Headers.RetryAfter is not null);
        }

        Assert.Equal(waiting, statuses.Count(status => status == HttpStatusCode.OK));
        Assert.Equal(20 - waiting, statuses.Count(status => status == HttpStatusCode.ServiceUnavailable));
        using var after = await service.PostAsync(Logs, many);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task Too_many_items_are_too_large()
    {
        await using var service = await OtlpUnderTest.StartAsync(limits: ("MaxItems", "3"));
        var record = new LogRecord();

        using var three = await service.PostAsync(Logs, Otlp.Logs(record, record, record));
        using var four = await service.PostAsync(Logs, Otlp.Logs(record, record, record, record));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.RequestEntityTooLarge), (three.StatusCode, four.StatusCode));
    }

    [Fact]
    public async Task Millions_of_empty_messages_take_no_more_memory_than_they_are_long()
    {
        await using var service = await OtlpUnderTest.StartAsync();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        foreach (var path in new[] { "/v1/metrics", "/v1/logs", "/v1/traces" })
        {
            // Of resources, and of scopes in one resource: 2 bytes each.
            var pairs = new byte[8 << 20];
            for (var i = 0; i < pairs.Length; i += 2)
            {
                pairs[i] = 0x0A;
            }

            using var resources = await service.PostAsync(path, pairs, Otlp.Protobuf);
            Assert.Equal(HttpStatusCode.OK, resources.StatusCode);
            using var json = await service.PostAsync(path, Encoding.UTF8.GetBytes($"{{\"resource{(path == "/v1/metrics" ? "Metrics" : path == "/v1/logs" ? "Logs" : "Spans")}\":[{string.Join(',', Enumerable.Repeat("{}", 1 << 20))}]}}"), Otlp.Json);
            Assert.Equal(HttpStatusCode.OK, json.StatusCode);
        }

        // An object for each would be gigabytes. The test's own bodies are in it.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 400L << 20);
    }

    [Theory]
    [InlineData(64, HttpStatusCode.BadRequest)]
    [InlineData(63, HttpStatusCode.OK)]
    public async Task Nesting_of_json_has_an_end(int depth, HttpStatusCode status)
    {
        await using var service = await OtlpUnderTest.StartAsync();
        var json = $$"""{"unknown":{{string.Concat(Enumerable.Repeat("[", depth))}}{{string.Concat(Enumerable.Repeat("]", depth))}}}""";

        using var answer = await service.PostAsync(Logs, json);
        using var endless = await service.PostAsync(Logs, new string('[', 1_000_000));

        Assert.Equal((status, HttpStatusCode.BadRequest), (answer.StatusCode, endless.StatusCode));
    }

    [Fact]
    public async Task Values_nested_without_end_are_not_followed()
    {
        await using var service = await OtlpUnderTest.StartAsync();
        var value = new AnyValue { StringValue = "x" };
        for (var i = 0; i < 5_000; i++)
        {
            value = new AnyValue { ArrayValue = new ArrayValue { Values = { value } } };
        }

        using var answer = await service.PostAsync(Logs, Otlp.Logs(new LogRecord { EventName = "llm.usage.event", Body = value }, Otlp.Event(Otlp.Body(1))));

        Assert.Equal(1, (await answer.ReadAsync<ExportLogsServiceResponse>()).PartialSuccess.RejectedLogRecords);
        Assert.Equal(1, Assert.Single(service.Receiver.Calls).Record.Usage!.Value[UsageBucket.Input]);
    }

    [Theory]
    [InlineData("MaxRequestBytes", "16MB")]
    [InlineData("MaxRequestBytes", "-1")]
    [InlineData("MaxDecompressedBytes", "0")]
    [InlineData("MaxDecompressionRatio", "0.5")]
    [InlineData("MaxDepth", "1")]
    [InlineData("MaxItems", "")]
    [InlineData("MaxAttributes", "99999999999999999999")]
    [InlineData("MaxAttributeBytes", "1")]
    [InlineData("MaxConcurrentBytes", "many")]
    public void Wrong_limit_is_named_with_its_value_and_what_would_be_right(string name, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"LlmTelemetry:Receiver:{name}", value)]).Build();

        var wrong = Assert.Throws<OptionsValidationException>(() => OtlpLimits.Read(configuration));

        Assert.StartsWith($"LlmTelemetry:Receiver:{name}: '{value}' is not right here; it must be a whole number", wrong.Message, StringComparison.Ordinal);
    }

    // An event, and behind it an unknown field of the rest.
    private static byte[] Padded(int size)
    {
        var body = Otlp.Logs(Otlp.Event(Otlp.Body(1))).ToByteArray();
        var rest = size - body.Length - 7;
        return [.. body, 0xFA, 0x3E, (byte)(rest | 0x80), (byte)((rest >> 7) | 0x80), (byte)((rest >> 14) | 0x80), (byte)((rest >> 21) | 0x80), 0, .. new byte[rest]];
    }
}
