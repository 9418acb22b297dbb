package search

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"Hello, World!", "hello|world"},
		{"don't stop_me 3.14 a-b", "don|t|stop|me|3|14|a|b"},
		{"Ünïcödé Ångström", "unicode|angstrom"},
		{"e\u0301te\u0301 été", "ete|ete"},         // composed and not
		{"Straße STRASSE ẞ", "strasse|strasse|ss"}, // one of them grows
		{"ΣΊΣΥΦΟΣ Σίσυφος", "σισυφοσ|σισυφοσ"},     // final sigma
		{"Ёлка ещё Йод", "елка|еще|иод"},           // Cyrillic
		{"ﬁne Ｆｕｌｌ ①", "fine|full|1"},              // compatibility forms
		{"你好世界", "你|好|世|界"},                        // Han
		{"ひらがなカタカナー", "ひ|ら|が|な|カ|タ|カ|ナ|ー"},         // kana; their marks are no accents
		{"ﾊﾞｽ", "バ|ス"},                             // half-width
		{"안녕하세요", "안|녕|하|세|요"},                     // Hangul
		{"go言語2", "go|言|語|2"},                      // mixed
		{"สวัสดี", "ส|ว|ั|ส|ด|ี"},                  // Thai
		{"שָׁלוֹם", "שלום"},                        // Hebrew, without its points
		{"नमस्ते दुनिया", "नमस्ते|दुनिया"},         // Devanagari, with its vowel signs
		{"مَرْحَبًا", "مرحبا"},                     // Arabic, without its points
		{"party 🎉🎉 ❤️", "party|🎉|🎉|❤"},             // symbols
		{"\u0301 \u200d \ufe0f", ""},               // marks alone
		{"a\"b* OR (c) NEAR", "a|b|or|c|near"},     // nothing of FTS5's language
		{"\xff\xfebad\x00utf", "bad|utf"},          // not UTF-8
		{strings.Repeat("x", 100), strings.Repeat("x", maxWord)},
		{strings.Repeat("я", 100), strings.Repeat("я", maxWord/2)},
	} {
		var want []string
		if test.want != "" {
			want = strings.Split(test.want, "|")
		}
		if got := split(nil, test.text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", test.text, got, want)
		}
	}
}

// TestSplitIsStable checks what searching rests on: words are split into
// themselves, whatever the text, and hold nothing that FTS5 would take for more
// than a word.
func TestSplitIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, word := range split(nil, rapid.String().Draw(t, "text")) {
			if got := split(nil, word); !slices.Equal(got, []string{word}) {
				t.Fatalf("%q becomes %q", word, got)
			}
			for _, r := range word {
				if r < utf8.RuneSelf && !isPart(r) {
					t.Fatalf("%q holds %q", word, r)
				}
			}
		}
	})
}

func TestParseQuery(t *testing.T) {
	long := strings.Repeat("x", maxWord)
	for _, test := range []struct {
		typed string
		want  query
	}{
		{"", query{}},
		{" ,.\" *", query{}},
		{"Hello", query{[][]string{{"hello"}}, true}},
		{"hello  wor", query{[][]string{{"hello"}, {"wor"}}, true}},
		{"don't", query{[][]string{{"don", "t"}}, true}},
		{"好", query{[][]string{{"好"}}, false}},
		{"你好 go", query{[][]string{{"你", "好"}, {"go"}}, true}},
		{"go言語", query{[][]string{{"go", "言", "語"}}, false}},
		{"🎉", query{[][]string{{"🎉"}}, false}},
		{long + "y", query{[][]string{{long}}, false}},
		{"a OR b* \"c", query{[][]string{{"a"}, {"or"}, {"b"}, {"c"}}, true}},
	} {
		if got := parseQuery(test.typed); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q: %v, want %v", test.typed, got, test.want)
		}
	}
	if q := parseQuery(strings.Repeat("many words ", 1000)); len(q.phrases) != maxQuery {
		t.Errorf("%d phrases of too many", len(q.phrases))
	}
	if q := parseQuery(strings.Repeat("長", 1000)); len(q.phrases[0]) != maxQuery {
		t.Errorf("%d words of too many", len(q.phrases[0]))
	}
}
