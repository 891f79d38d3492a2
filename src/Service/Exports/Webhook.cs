using System.Net;
using System.Text;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>
/// Posts JSON to one address, again where it may help: time-outs, lost connections, 408, 429 and 5xx. The receiver knows a repetition by the header
/// <c>Idempotency-Key</c>. The address may hold a secret: only its host is ever said.
/// </summary>
internal sealed class Webhook(Uri address, TimeProvider time, Random? random = null) : IDisposable
{
    private const int Attempts = 6;
    private const string Key = "Idempotency-Key";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly string _name = address.GetLeftPart(UriPartial.Authority);

    // Whoever answers with another address is not whom somebody trusted with what was spent.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>What is wrong with an address; null: nothing. Does not repeat it.</summary>
    public static string? Problem(string text)
    {
        const string Right = "it must be https://HOST/PATH, or http:// where the host is this machine (127.0.0.1, [::1], localhost).";
        return !Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp) ? $"The webhook is no address: {Right}"
            : url.UserInfo.Length != 0 ? $"The webhook's address holds a user or password, which is not sent: {Right}"
            : url.Scheme == Uri.UriSchemeHttp && !url.IsLoopback ? $"The webhook is not encrypted: {Right}"
            : null;
    }

    /// <exception cref="IOException">It was not taken; the message says why.</exception>
    public async Task SendAsync(string id, string json, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var problem = await TryAsync(id, json, cancellationToken).ConfigureAwait(false);
            if (problem is null)
            {
                return;
            }

            if (!problem.MayPass || attempt == Attempts)
            {
                throw new IOException($"The webhook at {_name} did not take {id}: {problem.Text}.");
            }

            await Task.Delay(Backoff.After(attempt, (random ?? Random.Shared).NextDouble()), time, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<Refusal?> TryAsync(string id, string json, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation(Key, id);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            return (int)response.StatusCode switch
            {
                >= 200 and < 300 => null,
                >= 300 and < 400 and var status => new Refusal($"it answers {status}, and another address is not followed", MayPass: false),
                var status => new Refusal($"it answers {status}", response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || status >= 500),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Refusal($"no answer within {Limit.TotalSeconds} s", MayPass: true);
        }
        catch (HttpRequestException cause)
        {
            // Its own message may name the address.
            return new Refusal($"{cause.HttpRequestError}", MayPass: true);
        }
    }

    private sealed record Refusal(string Text, bool MayPass);
}
