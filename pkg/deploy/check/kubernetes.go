package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
)

// strict decodes objects as an API server with fieldValidation=Strict does: unknown and repeated fields are errors.
var strict = func() *json.Serializer {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme} {
		if err := add(scheme); err != nil {
			panic(err) // two types of one name
		}
	}
	return json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{Yaml: true, Strict: true})
}()

// kubernetes checks the objects of a file and returns sagalab's command lines in them.
func kubernetes(text string) (commands [][]string, err error) {
	var errs []error
	var templates []corev1.PodTemplateSpec
	var services []*corev1.Service
	for document := range strings.SplitSeq(text, "\n---\n") {
		object, kind, err := strict.Decode([]byte(document), nil, nil)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		switch o := object.(type) {
		case *appsv1.Deployment:
			templates = append(templates, o.Spec.Template)
			err = checkSelector(o.Spec.Selector, o.Spec.Template.Labels)
		case *batchv1.Job:
			templates = append(templates, o.Spec.Template)
		case *corev1.Service:
			services = append(services, o)
			err = checkServiceType(o)
		case *corev1.Secret:
			err = errors.New("a Secret in a manifest is a secret that is written down: make it with kubectl")
		default:
			err = errors.New("no rules for this kind yet: add it to kubernetes.go")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", kind.Kind, err))
		}
	}
	for _, t := range templates {
		of, err := checkPod(t.Spec)
		commands, errs = append(commands, of...), append(errs, err)
	}
	for _, s := range services {
		errs = append(errs, checkServicePods(s, templates))
	}
	return commands, errors.Join(errs...)
}

// checkSelector refuses a selector that does not match the object's own pods.
func checkSelector(s *metav1.LabelSelector, pods labels.Set) error {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err == nil && (selector.Empty() || !selector.Matches(pods)) {
		err = fmt.Errorf("its selector %q does not match its pods' labels %q", selector, pods)
	}
	return err
}

// checkServiceType refuses a service that is reachable from outside the cluster.
func checkServiceType(s *corev1.Service) error {
	if t := s.Spec.Type; t != "" && t != corev1.ServiceTypeClusterIP || len(s.Spec.ExternalIPs) > 0 {
		return fmt.Errorf("%s publishes a port on all nodes: want ClusterIP", t)
	}
	return nil
}

// checkServicePods refuses a service whose pods or ports are not in the same file.
func checkServicePods(s *corev1.Service, templates []corev1.PodTemplateSpec) error {
	for _, t := range templates {
		if len(s.Spec.Selector) == 0 || !labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(t.Labels)) {
			continue
		}
		for _, p := range s.Spec.Ports {
			if !slices.ContainsFunc(t.Spec.Containers, func(c corev1.Container) bool { return hasPort(c, p.TargetPort) }) {
				return fmt.Errorf("service %s: no container has the port %s", s.Name, p.TargetPort.String())
			}
		}
		return nil
	}
	return fmt.Errorf("service %s: no pods here have the labels %v", s.Name, s.Spec.Selector)
}
