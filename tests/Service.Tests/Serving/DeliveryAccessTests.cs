using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace LlmTelemetry.Service.Tests.Serving;

/// <summary>What the host says to senders of telemetry, in the form that they read.</summary>
public sealed class DeliveryAccessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sender_without_a_key_gets_a_status_in_the_form_of_its_request()
    {
        var (_, settings) = ServiceUnderTest.NewKey("collector", "write");
        await using var service = await ServiceUnderTest.StartAsync(settings);
        using var json = new StringContent("{}", Encoding.UTF8, "application/json");
        using var answer = await service.Http.PostAsync("/v1/metrics", json, Token);
        Assert.Equal((HttpStatusCode.Unauthorized, "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        using var status = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
        Assert.StartsWith("Send a key", status.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());

        using var bytes = new ByteArrayContent([]) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-protobuf") } };
        using var binary = await service.Http.PostAsync("/v1/traces", bytes, Token);
        Assert.Equal((HttpStatusCode.Unauthorized, "application/x-protobuf"), (binary.StatusCode, binary.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task Delivery_is_not_refused_for_lack_of_json()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        await service.StoreIsOpenAsync();
        using var bytes = new ByteArrayContent([]) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-protobuf") } };
        using var answer = await service.Http.PostAsync("/v1/traces", bytes, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
